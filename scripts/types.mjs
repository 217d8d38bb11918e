/** The types of everything, tests included, from source; and no promise that nobody waits for. */

import ts from 'typescript'
import { unawaited } from './promises.mjs'
import { files, root } from './tree.mjs'

const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => report([diagnostic]) }
const config = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.test.json`, {}, host)
const program = ts.createProgram(config.fileNames, config.options)
const checker = program.getTypeChecker()

const own = files().filter((path) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path))
const seen = own.map((path) => program.getSourceFile(root + path))

report([...config.errors, ...ts.getPreEmitDiagnostics(program)])
complain([
  ...seen.flatMap((file) => (file ? unawaited(file, checker) : [])).map((line) => line.replace(root, '')),
  ...own.filter((_, index) => !seen[index]).map((path) => `${path}: error: no part of tsconfig.test.json`),
])
console.log(`${seen.filter(Boolean).length} files`)

function report(diagnostics) {
  const format = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' }
  complain(diagnostics.map((diagnostic) => ts.formatDiagnostic(diagnostic, format).trimEnd()))
}

function complain(lines) {
  for (const line of lines) console.log(line)
  if (lines.length > 0) process.exitCode = 1
}
