/** What a message of a run says: its number, of all in the order in which they were sent, and the session of its sender. */
export interface NumberedBody {
  readonly number: number
  readonly sentIn: number
}

/** As the body of a message. */
export function bodyOf({ number, sentIn }: NumberedBody): Uint8Array {
  const body = new DataView(new ArrayBuffer(8))
  body.setUint32(0, number)
  body.setUint32(4, sentIn)
  return new Uint8Array(body.buffer)
}

/** Takes any bytes for one. */
export function parseBody({ buffer, byteOffset, byteLength }: Uint8Array): NumberedBody {
  const body = new DataView(buffer, byteOffset, byteLength)
  return { number: body.getUint32(0), sentIn: body.getUint32(4) }
}
