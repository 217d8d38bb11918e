import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { codeBlocks } from './code-blocks.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Where programs are looked at and run from: what users install is installed there. */
const test = `${root}test/`

/** A program of a document. */
export interface Snippet {
  readonly name: string
  /** Line by line where it stands in the document. */
  readonly code: string
  /** What it prints, by its comments. */
  readonly prints: readonly string[]
}

/** A document as it is. */
export async function textOf(path: string): Promise<string> {
  return await readFile(root + path, 'utf8')
}

/** All blocks of a document as one program, but for those with a tag. */
export async function guide(path: string): Promise<Snippet> {
  const lines: string[] = []
  for (const { tag, code, line } of codeBlocks(await textOf(path))) {
    if (tag !== '') continue
    while (lines.length < line) lines.push('')
    lines.push(...code.trimEnd().split('\n'))
  }
  return snippet(path, lines.join('\n'))
}

/** Each block of a document as a program of its own. */
export async function blocks(path: string): Promise<Snippet[]> {
  return codeBlocks(await textOf(path)).map(({ code, line }) => snippet(`${path}:${line}`, code))
}

/** With comments like `// prints: done`, or without `prints:` behind `console.log(…)`. */
export function snippet(name: string, code: string): Snippet {
  const said = code.matchAll(/(?:console\.log\(.*\) \/\/|\/\/ prints:) (.*)$/gm)
  return { name, code, prints: [...said].map(([, text = '']) => text) }
}

/** What the compiler says of programs, as whoever has installed the built packages would hear it. */
export function complaintsOf(snippets: readonly Snippet[]): string[] {
  const texts = new Map(
    snippets.map(({ name, code }) => [`${test}${name.replace(/[/:]/g, '-')}.ts`, `${code}\nexport {}\n`]),
  )
  const { config } = ts.readConfigFile(`${root}tsconfig.base.json`, ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const checked = {
    ...options,
    ...{ noEmit: true, composite: false, declaration: false, declarationMap: false },
    ...{ noUnusedLocals: false, noUnusedParameters: false },
    lib: [...(options.lib ?? []), 'lib.dom.d.ts'],
  }
  const host = ts.createCompilerHost(checked)
  const { fileExists, getSourceFile } = host
  host.fileExists = (path) => texts.has(path) || fileExists(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path)
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version)
  }
  const program = ts.createProgram([...texts.keys()], checked, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const at = file ? `${file.fileName.slice(test.length)}:${file.getLineAndCharacterOfPosition(start).line + 1}` : ''
    return `${at} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/** Runs a program to its end; resolves to what it has printed, or rejects with all that it has said where it fails. */
export async function printsOf({ code }: Snippet, env: Readonly<Record<string, string>>): Promise<string[]> {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }
  const { outputText } = ts.transpileModule(code, { compilerOptions })
  const child = spawn(process.execPath, ['--input-type=module', '-'], { cwd: test, env, stdio: 'pipe' })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  child.stdin.end(outputText)
  const [exitCode] = await once(child, 'close')
  if (exitCode !== 0) throw new Error(`it ended with ${exitCode}:\n${said.stdout}${said.stderr}`)
  return said.stdout.trimEnd().split('\n')
}

/** The pattern that a comment stands for: `…` is anything. */
export function patternOf(printed: string): RegExp {
  const [first = '', ...others] = printed.split('…').map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${[first, ...others].join('.*')}$`)
}
