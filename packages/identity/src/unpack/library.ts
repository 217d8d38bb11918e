/** The reader of strict msgpack where size is no matter. The only file that imports msgpackr; what it reads has passed the scan. */

import { Packr } from 'msgpackr'

/** One stateless instance: no records, references or classes, so that reading never depends on what came before (threat S11). */
const packr = new Packr({
  useRecords: false,
  structuredClone: false,
  moreTypes: false,
  copyBuffers: true,
  int64AsType: 'number',
})

/** The value of a document that has passed the scan. Byte strings are copied out. */
export function unpack(bytes: Uint8Array): unknown {
  // A view of its own, because the library leaves a property behind on what it reads; and never a Buffer, whose class it would pass on.
  return packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}
