import { isDid, loadOrCreate } from '@trustmesh/identity'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { type AnyCommand, command } from '../command.ts'
import { requireName } from '../contexts.ts'
import { table } from '../output.ts'

/** `trustmesh id` */
export function idCommand(cli: Cli): AnyCommand {
  const id = command('id', 'who you are here, and what you call others')

  id.addCommand(
    command('show', 'the Did of a key of yours, or of a petname; all petnames unless told whose')
      .argument('[name]', 'a key, a petname, a Did or the beginning of one')
      .action(async (name) => {
        const known = await cli.known()
        if (name === undefined) {
          const items = Object.entries(known.petnames).map(([petname, did]) => ({ petname, did }))
          cli.output.answer('PetnameList', { items }, (data) =>
            table(
              ['PETNAME', 'DID'],
              data.items.map(({ petname, did }) => [petname, did]),
              'nobody has a petname here',
            ),
          )
          return
        }
        const isNamed = Object.hasOwn(known.petnames, name) || isDid(name)
        const own = isNamed ? null : await cli.agentKeys.load(name).catch(() => null)
        const did = own?.did ?? (await known.did(name))
        cli.output.answer('Identity', { did, petname: known.petnameOf(did) }, (data) => data.did)
      }),
  )

  id.addCommand(
    command('new', 'makes a key, and prints its Did; agents and "--as" take the key by its name')
      .argument('<name>', 'of the key, and the petname of its Did')
      .option('--operator', 'the key of an operator, which signs in; of an agent otherwise')
      .action(async (name, { operator }) => {
        requireName(name)
        const keys = operator ? cli.operatorKeys : cli.agentKeys
        const { identity, created } = await loadOrCreate(keys, name)
        const known = await cli.known()
        if (!Object.hasOwn(known.petnames, name)) await known.name(name, identity.did)
        const data = { did: identity.did, name, created, file: await keys.pathOf(name) }
        cli.output.answer('Identity', data, ({ did }) => did)
        if (!created) cli.output.note(`the key "${name}" was there already`)
      }),
  )

  id.addCommand(
    command('petname', 'what you call somebody from now on, here and nowhere else')
      .argument('<petname>')
      .argument('[did]', 'whom; a Did, or the beginning of one')
      .option('--forget', 'calls nobody that any more')
      .action(async (petname, who, { forget = false }) => {
        requireName(petname)
        if ((who === undefined) !== forget) throw new CliError('cli.usage', 'give a Did, or --forget')
        const known = await cli.known()
        if (forget && !Object.hasOwn(known.petnames, petname)) {
          throw new CliError('cli.not-found', `nobody is called "${petname}" here`)
        }
        const did = who === undefined ? null : await known.did(who)
        await known.name(petname, did)
        cli.output.answer(
          'Petname',
          { petname, did },
          (data, paint) => `${paint('green', '✓')} ${data.petname}  ${data.did ?? 'nobody'}`,
        )
      }),
  )

  return id
}
