import { isAlias, parseDocument } from 'yaml'
import { NodeError } from '../node-error.ts'
import { merged, objectWith } from './layer.ts'

/**
 * What `KEY=VALUE`s from a command line say: `listen.port=4210`, `allowedOrigins=[https://a.example]`, the value in YAML.
 * Throws {@link NodeError} `config.invalid`.
 */
export function parseFlags(flags: readonly string[]): unknown {
  return flags.map(parseFlag).reduce(merged, undefined)
}

function parseFlag(flag: string): unknown {
  const [, key, text = ''] = /^([a-zA-Z.]{1,128})=(.*)$/s.exec(flag) ?? []
  if (key === undefined) throw invalid('', 'a setting is KEY=VALUE')
  const { errors, contents } = parseDocument(text, { prettyErrors: false })
  if (errors.length > 0 || isAlias(contents)) throw invalid(key, 'its value is no YAML')
  return objectWith(key.split('.'), contents?.toJSON() ?? null)
}

function invalid(path: string, problem: string): NodeError {
  return new NodeError('config.invalid', { problems: [{ at: 'flag', path, problem }] })
}
