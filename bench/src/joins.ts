import { type Cost, collectGarbage, costOf } from './cpu.ts'

/**
 * Something that can be joined: ours, or a peer that a user might pick instead. A join begins with no connection
 * and ends with none; between the two it was usable at both ends, for as many frames as the subject says.
 */
export interface JoinUnderTest {
  /** For progress and for people. */
  readonly name: string
  /** Everything that a join does not pay for: listening, identities, first sight of each other. */
  setUp(): Promise<void>
  /** Called before each sample, outside of what is measured; a subject with fresh identities makes them here. */
  prepare?(joins: number): Promise<void>
  /** One whole join; rejects if it fails. Never called again before it settles, unless `atOnce` says so. */
  join(): Promise<void>
  tearDown(): Promise<void>
}

/** A subject whose responder runs in a process of its own, so that its CPU can be told from the initiator's. */
export interface SplitJoinUnderTest extends JoinUnderTest {
  /** CPU that the responder's process has used since it started, in ms. */
  responderCpuMs(): Promise<number>
}

/** What a number of joins took. */
export interface JoinSample extends Cost {
  joins: number
}

/** Joins one after the other, or `atOnce` at a time, and says what they cost this process. */
export async function measureJoins(subject: JoinUnderTest, joins: number, atOnce = 1): Promise<JoinSample> {
  await prepareSample(subject, joins)
  return { joins, ...(await costOf(() => joinRepeatedly(subject, joins, atOnce))) }
}

/** The same, of the responder's process alone. */
export async function measureResponder(subject: SplitJoinUnderTest, joins: number, atOnce = 1): Promise<JoinSample> {
  await prepareSample(subject, joins)
  const before = await subject.responderCpuMs()
  const { wallMs } = await costOf(() => joinRepeatedly(subject, joins, atOnce))
  return { joins, cpuMs: (await subject.responderCpuMs()) - before, wallMs }
}

/** Joins for each second of CPU: more is better. */
export function joinsPerCpuSecond({ joins, cpuMs }: JoinSample): number {
  return (joins / cpuMs) * 1000
}

/** Joins for each second of wall time: more is better. */
export function joinsPerSecond({ joins, wallMs }: JoinSample): number {
  return (joins / wallMs) * 1000
}

/** Microseconds of CPU for each join: less is better. */
export function cpuMicrosPerJoin({ joins, cpuMs }: JoinSample): number {
  return (cpuMs / joins) * 1000
}

/** What preparing leaves behind is not the joins' to pay for. */
async function prepareSample(subject: JoinUnderTest, joins: number): Promise<void> {
  await subject.prepare?.(joins)
  collectGarbage()
}

async function joinRepeatedly(subject: JoinUnderTest, joins: number, atOnce: number): Promise<void> {
  let left = joins
  const lane = async (): Promise<void> => {
    while (left-- > 0) await subject.join()
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
