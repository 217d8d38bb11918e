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
  /** One whole join; rejects if it fails. Never called again before it settles. */
  join(): Promise<void>
  tearDown(): Promise<void>
}

/** What rows are made of: something whose joins are measured, in this process or in another. */
export interface MeasuredJoin {
  readonly name: string
  /** How many joins make a sample. */
  readonly joins: number
  setUp(): Promise<void>
  /** Joins so often, one after the other, and says what that cost. */
  measure(): Promise<JoinSample>
  tearDown(): Promise<void>
}

/** What a number of joins took. */
export interface JoinSample extends Cost {
  joins: number
}

/** Joins one after the other, and says what they cost this process. */
export async function measureJoins(subject: JoinUnderTest, joins: number): Promise<JoinSample> {
  await prepareSample(subject, joins)
  return { joins, ...(await costOf(() => joinRepeatedly(subject, joins))) }
}

/** The same, of the responder alone, which says what CPU its process has used so far. */
export async function measureResponder(
  subject: JoinUnderTest,
  joins: number,
  responderCpuMs: () => Promise<number>,
): Promise<JoinSample> {
  await prepareSample(subject, joins)
  const before = await responderCpuMs()
  const { wallMs } = await costOf(() => joinRepeatedly(subject, joins))
  return { joins, cpuMs: (await responderCpuMs()) - before, wallMs }
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

async function joinRepeatedly(subject: JoinUnderTest, joins: number): Promise<void> {
  for (let left = joins; left > 0; left--) await subject.join()
}
