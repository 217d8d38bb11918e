/** A fenced block of TypeScript in a document. */
export interface CodeBlock {
  /** What stands behind `ts` on its fence. */
  readonly tag: string
  readonly code: string
  /** Of its first line, counted from 1. */
  readonly line: number
}

/** The blocks of TypeScript of a document, in its order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```ts\b(.*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: tag = '', 2: code = '' }) => {
    const line = markdown.slice(0, index).split('\n').length + 1
    return { tag: tag.trim(), code, line }
  })
}
