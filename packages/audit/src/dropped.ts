const TEXT = new TextDecoder()
/** The event of the entry by which a log says that it drops those before `detail.first`. */
const DROPPED = 'audit.dropped'

/**
 * Index of the first entry that a log keeps, where that entry at `index` says so, else 0: which entries it keeps no longer a log
 * says itself, and cannot take back.
 */
export function firstKept(entry: Uint8Array, index: number): number {
  const line = TEXT.decode(entry)
  if (!line.includes(DROPPED)) return 0
  try {
    const { event, detail } = JSON.parse(line) as { event?: unknown; detail?: { first?: unknown } }
    const first = event === DROPPED ? detail?.first : 0
    return typeof first === 'number' && first <= index ? first : 0
  } catch {
    return 0
  }
}
