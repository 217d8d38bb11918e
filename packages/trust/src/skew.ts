/** How far the clocks of those who issue and those who read may be apart, in ms (threats H9, T9). */
export const MAX_SKEW_MS = 60_000
