import type { AnyCommand } from './command.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A command by all its names, and what may come behind it. */
interface Place {
  /** `trustmesh id new` */
  readonly path: readonly string[]
  readonly commands: readonly AnyCommand[]
  /** `--json`, and what it does. */
  readonly options: readonly (readonly [flag: string, summary: string])[]
}

/** A script that completes the commands and the options of a program, and of what takes one of a few words, these. */
export function completionScript(program: AnyCommand, shell: Shell): string {
  const places = placesOf(program, [program.name()], [])
  if (shell === 'fish') return fish(program.name(), places)
  return shell === 'zsh'
    ? `autoload -U +X bashcompinit && bashcompinit\n${bash(program.name(), places)}`
    : bash(program.name(), places)
}

function placesOf(parent: AnyCommand, path: readonly string[], inherited: Place['options']): Place[] {
  const own = parent.options.flatMap(({ long, description }) => (long ? [[long, description] as const] : []))
  const options = [...inherited, ...own]
  const here = { path, commands: parent.commands, options: [...options, ['--help', 'tells more'] as const] }
  return [here, ...parent.commands.flatMap((each) => placesOf(each, [...path, each.name()], options))]
}

/** The longest known path among the words before the cursor decides; what is no command of it is an argument. */
function bash(name: string, places: readonly Place[]): string {
  const cases = places.map(({ path, commands, options }) => {
    const words = [...commands.map((each) => each.name()), ...options.map(([flag]) => flag)]
    return `    '${path.slice(1).join(' ')}') words='${words.join(' ')}' ;;`
  })
  const paths = places.map(({ path }) => path.slice(1).join(' ')).filter(Boolean)
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${place:+$place }$word" in
      ${paths.map((path) => `'${path}'`).join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`
}

function fish(name: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const [, ...words] = path
    const condition =
      words.length === 0
        ? '__fish_use_subcommand'
        : `${words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')}`
    return [
      ...commands.map(
        (each) => `complete -c ${name} -f -n '${condition}' -a ${each.name()} -d ${quoted(each.description())}`,
      ),
      ...options.map(
        ([flag, summary]) => `complete -c ${name} -n '${condition}' -l ${flag.slice(2)} -d ${quoted(summary)}`,
      ),
    ]
  })
  return `${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
