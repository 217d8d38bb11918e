/** A column of numbers, one for each row: what a table of many million rows is made of, at 1 to 8 bytes each. */
export type Column = Float64Array | Int32Array | Uint16Array | Uint8Array

/** A longer copy of a column; the new rows hold `fill`. */
export function grown<C extends Column>(column: C, length: number, fill = 0): C {
  const longer = new (column.constructor as new (length: number) => C)(length)
  longer.set(column)
  if (fill !== 0) longer.fill(fill, column.length)
  return longer
}

/** How many rows to make room for where `needed` are: an eighth more than there were, so that growing stays cheap. */
export function roomFor(needed: number, room: number): number {
  return needed <= room ? room : Math.max(needed, room + (room >> 3), 16)
}
