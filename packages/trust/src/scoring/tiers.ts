/** What the evidence makes of somebody: both in thousandths, 0 to 1000. */
export interface Opinion {
  readonly score: number
  readonly confidence: number
}

/** The named bands of the score, lowest first. */
export const TIERS = ['untrusted', 'probation', 'known', 'trusted', 'vouched'] as const
/** One of {@link TIERS}. */
export type Tier = (typeof TIERS)[number]

/** Where each tier begins: by score and by confidence. */
const FLOORS: Readonly<Record<Tier, Opinion>> = {
  untrusted: { score: 0, confidence: 0 },
  probation: { score: 200, confidence: 0 },
  known: { score: 400, confidence: 0 },
  trusted: { score: 600, confidence: 500 },
  vouched: { score: 800, confidence: 700 },
}

/** Where the tier begins. */
export function floorOf(tier: Tier): Opinion {
  return FLOORS[tier]
}

/** Whether an opinion reaches a tier, by score and by confidence. False where a number is missing or NaN. */
export function reaches({ score, confidence }: Opinion, tier: Tier): boolean {
  const floor = FLOORS[tier]
  return score >= floor.score && confidence >= floor.confidence
}

/** The highest tier that an opinion reaches. */
export function tierOf(opinion: Opinion): Tier {
  return TIERS.findLast((tier) => reaches(opinion, tier)) ?? 'untrusted'
}
