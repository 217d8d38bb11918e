import { styleText } from 'node:util'

/** The version of what `--json` prints. What is there stays as it is; more may come. */
export const API_VERSION = 'trustmesh/v1'

/** Where a command writes to. */
export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

export interface OutputOptions {
  /** For what was asked, and nothing else. */
  readonly stdout: Sink
  readonly stderr: Sink
  readonly isJson: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What is wrong, for people and for programs. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly why?: readonly string[] | undefined
  readonly fix?: string | undefined
  /** More for programs. */
  readonly more?: object | undefined
}

export type Color = 'bold' | 'dim' | 'green' | 'red' | 'yellow'

/** How something looks to people: colours where there are any. */
export type Paint = (color: Color, text: string) => string

/** Whatever a command says: answers on stdout, as an envelope of JSON or as text; all the rest on stderr. */
export class Output {
  readonly isJson: boolean
  readonly #options: OutputOptions
  readonly #isColored: boolean
  #hasProgress = false

  constructor(options: OutputOptions) {
    const { env, stdout, isJson } = options
    this.isJson = isJson
    this.#options = options
    this.#isColored = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  }

  /** The answer of a command; `view` tells people the same. */
  answer<T>(kind: string, data: T, view: (data: T, paint: Paint) => string): void {
    this.#print(this.isJson ? envelope(kind, { data }) : view(shown(data), this.#paint))
  }

  /** The answer of a command that ends with a failure all the same: what has been found, and what that means. */
  failure(failure: Failure): void {
    const { more, ...said } = failure
    if (this.isJson) this.#print(envelope('Error', { error: { ...said, ...more } }))
    else this.#say(refusalText(shown(said), this.#paint))
  }

  /** One line for people beside the answer. */
  note(text: string): void {
    this.#say(shown(text))
  }

  /** What is going on, for whoever looks at a terminal: the next line takes its place. */
  progress(text: string): void {
    const { stderr } = this.#options
    if (!stderr.isTTY) return
    stderr.write(`\r\u001b[K${shown(text)}`)
    this.#hasProgress = true
  }

  /** As it is, of a parser that has its own texts. */
  raw(text: string): void {
    this.#options.stderr.write(text)
  }

  /** As it is, and asked for: help, a script. */
  text(text: string): void {
    this.#options.stdout.write(text)
  }

  #print(text: string): void {
    this.#endProgress()
    if (text !== '') this.#options.stdout.write(`${text}\n`)
  }

  #say(text: string): void {
    this.#endProgress()
    this.#options.stderr.write(`${text}\n`)
  }

  #endProgress(): void {
    if (this.#hasProgress) this.#options.stderr.write('\r\u001b[K')
    this.#hasProgress = false
  }

  readonly #paint: Paint = (color, text) => (this.#isColored ? styleText(color, text, { validateStream: false }) : text)
}

/** Rows under their heads, each column as wide as it must be; nothing where there are none. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], none = ''): string {
  if (rows.length === 0) return none
  const widths = heads.map((head, column) => Math.max(...[heads, ...rows].map((row) => width(row[column] ?? head))))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd()
  return [heads, ...rows].map(line).join('\n')
}

/** Names and what they stand for, one a line. */
export function list(pairs: readonly (readonly [name: string, value: unknown])[]): string {
  const said = pairs.filter(([, value]) => value !== undefined)
  const longest = Math.max(0, ...said.map(([name]) => name.length))
  return said.map(([name, value]) => `${name.padEnd(longest)}  ${value}`).join('\n')
}

/** A refusal as people read it: what, why, and what would turn it. */
export function refusalText({ code, message, why = [], fix }: Omit<Failure, 'more'>, paint: Paint): string {
  const reasons = why.map((reason) => `  ${paint('dim', 'why')}   ${reason}`)
  const way = fix ? [`  ${paint('dim', 'fix')}   ${fix}`] : []
  return [`${paint('red', '✗')} ${paint('bold', code)}  ${message}`, ...reasons, ...way].join('\n')
}

function envelope(kind: string, content: object): string {
  return JSON.stringify({ apiVersion: API_VERSION, kind, ...content })
}

/** Without what forges a line, the order of what stands around it, or a command to the terminal (threat A7). */
function shown<T>(value: T): T {
  if (typeof value === 'string')
    return value.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd') as T
  if (Array.isArray(value)) return value.map(shown) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shown(part)])) as T
}

function width(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Colours take no room.
  return [...text.replace(/\u001b\[\d+m/g, '')].length
}
