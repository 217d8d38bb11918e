/** Resolves when something is so; it is looked at every few milliseconds. */
export async function until(isTrue: () => boolean, everyMs = 2): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, everyMs))
}
