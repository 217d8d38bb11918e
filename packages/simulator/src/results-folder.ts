import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Manifest, manifestText, parseManifest } from './manifest.ts'
import type { ExperimentResults } from './results.ts'
import { type RunRecord, runRecord } from './run-record.ts'
import { SimulatorError } from './simulator-error.ts'
import { summaryCsv } from './summary-csv.ts'

/** The files of an experiment by which two are the same to the byte. */
const COMPARED_FILES = ['runs.ndjson', 'summary.csv'] as const

/** Rejects with `results.exist` where a folder has those of another experiment: it may have taken long to get them. */
export async function checkResultsFolder(folder: string, manifest: Manifest): Promise<void> {
  const there = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => null)
  if (there === null || there === manifestText(manifest)) return
  const fix = 'another folder: --out DIR'
  throw new SimulatorError('results.exist', `${folder} has the results of another experiment`, { fix })
}

/** What is compared, as files have it. */
export function textsOf(results: ExperimentResults): Readonly<Record<(typeof COMPARED_FILES)[number], string>> {
  return { 'runs.ndjson': recordsText(results.records), 'summary.csv': summaryCsv(results) }
}

/** Writes `manifest.json`, `runs.ndjson`, `summary.csv` and `report.html`, in this order: a manifest without them says what was meant. */
export async function writeResults(folder: string, results: ExperimentResults): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'manifest.json'), manifestText(results.experiment.manifest))
  for (const [name, text] of Object.entries(textsOf(results))) await writeFile(join(folder, name), text)
  // What draws takes longer to load than most runs take.
  const { reportOf } = await import('./report/report.ts')
  await writeFile(join(folder, 'report.html'), reportOf(results))
}

/** The manifest of a folder, or of a file. Rejects with `results.missing` or `manifest.malformed`. */
export async function readManifest(path: string): Promise<Manifest> {
  return parseManifest(await read(path.endsWith('.json') ? path : join(path, 'manifest.json')))
}

/** What {@link textsOf} was when a folder was written. Rejects with `results.missing`. */
export async function readTexts(folder: string): Promise<ReturnType<typeof textsOf>> {
  const texts = await Promise.all(COMPARED_FILES.map(async (name) => [name, await read(join(folder, name))]))
  return Object.fromEntries(texts)
}

/** The runs of a folder. Rejects with `results.missing` or `results.malformed`. */
export async function readRecords(folder: string): Promise<RunRecord[]> {
  const text = await read(join(folder, 'runs.ndjson'))
  return text
    .split('\n')
    .filter(Boolean)
    .map((line, n) => {
      try {
        return runRecord.parse(JSON.parse(line))
      } catch (cause) {
        throw new SimulatorError('results.malformed', `line ${n + 1} of ${folder}/runs.ndjson is no run`, { cause })
      }
    })
}

/** A file as it is. Rejects with `results.missing`. */
async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SimulatorError('results.missing', `there is no ${path}`, { cause })
  })
}

function recordsText(records: readonly RunRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}
