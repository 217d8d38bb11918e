import { readFile } from 'node:fs/promises'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { NodeError } from '../node-error.ts'
import type { Layer, Path } from './layer.ts'

const MAX_CHARS = 1_048_576

/**
 * A config file, in YAML or, which is YAML too, JSON. Rejects with {@link NodeError} `config.invalid` where it cannot be
 * read, or is neither: with no aliases, one document, and no key twice.
 */
export async function fileLayer(file: string): Promise<Layer> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NodeError('config.invalid', { cause, problems: [{ path: '', problem: `cannot read ${file}` }] })
  })
  if (text.length > MAX_CHARS) {
    throw new NodeError('config.invalid', { problems: [{ at: file, path: '', problem: 'larger than 1 MiB' }] })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const at = (offset: number): { line: number; col: number } => lines.linePos(offset)
  const position = (offset: number): string => `${file}:${at(offset).line}:${at(offset).col}`
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    const problems = faults.map(({ pos: [offset], message }) => ({ at: position(offset), path: '', problem: message }))
    throw new NodeError('config.invalid', { problems })
  }
  const offsetOf = (path: Path): number => keyAt(document.contents, path)?.range?.[0] ?? 0
  return {
    said: plain(() => document.toJS({ maxAliasCount: 0 }), file),
    originOf: (path) => `${file}:${at(offsetOf(path)).line}`,
    positionOf: (path) => position(offsetOf(path)),
  }
}

/** A handful of lines can stand for gigabytes where one part may name another. */
function plain(read: () => unknown, file: string): unknown {
  try {
    return read()
  } catch (cause) {
    throw new NodeError('config.invalid', {
      cause,
      problems: [{ at: file, path: '', problem: 'aliases are not taken' }],
    })
  }
}

/** The key at the end of a path, or of as much of it as there is. */
function keyAt(root: Node | null, path: Path): Node | null {
  let [key, value]: [Node | null, Node | null] = [root, root]
  for (const step of path) {
    if (isMap<Node, Node | null>(value)) {
      const pair = value.items.find((it) => isScalar(it.key) && String(it.key.value) === step)
      if (!pair) return key
      key = pair.key
      value = pair.value
    } else if (isSeq<Node>(value)) {
      value = value.items[Number(step)] ?? null
      key = value ?? key
    } else return key
  }
  return key
}
