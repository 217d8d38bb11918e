import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { type Did, loadOrCreate } from '@trustmesh/identity'
import { FileKeystore, readPassphrase, systemRandom, userFolders } from '@trustmesh/identity/node'
import {
  type CommandPorts,
  type ConfigSources,
  loadConfig,
  type MeshFile,
  type NodeConfig,
  readMeshFile,
} from '@trustmesh/mesh-node/setup'
import { CliError } from './cli-error.ts'
import { AdminClient } from './client.ts'
import { type Context, Contexts } from './contexts.ts'
import { credentialsOf } from './credentials.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { Known } from './known.ts'
import { Output, type Sink } from './output.ts'

/** What a run of the program has of its surroundings. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Sink
  readonly stderr: Sink
  /** Ends whatever waits: somebody wants the program to end. */
  readonly signal: AbortSignal
}

/** The options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean | undefined
  readonly context?: string | undefined
  readonly config?: string | undefined
  readonly set?: readonly string[] | undefined
  readonly timeout?: number | undefined
  readonly prompt?: boolean | undefined
}

const TIMEOUT_MS = 30_000
/** How what listens on every address is asked from this machine: by what stands in certificates, and is let in. */
const HERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** One run of the program: what the commands share. */
export class Cli {
  readonly world: World
  #options: GlobalOptions = {}
  #output: Output
  #contexts: Promise<Contexts> | undefined
  #config: Promise<NodeConfig> | undefined
  #client: Promise<AdminClient> | undefined
  #passphrase: Promise<string | null> | undefined
  readonly #warned = new Set<string>()
  /** What the process ends with. */
  exitCode: ExitCode = EXIT.ok

  constructor(world: World) {
    this.world = world
    this.#output = this.#outputTo(false)
  }

  /** Takes the options of this run, once they have been read. */
  begin(options: GlobalOptions): void {
    this.#options = options
    this.#output = this.#outputTo(options.json ?? false)
  }

  /** Tells what goes on to programs where nobody looks at a terminal: an envelope a line. */
  stream(): void {
    if (!this.world.stdout.isTTY) this.begin({ ...this.#options, json: true })
  }

  get output(): Output {
    return this.#output
  }

  get timeoutMs(): number {
    return this.#options.timeout ?? TIMEOUT_MS
  }

  /** Ends with the run, or after its timeout. */
  deadline(): AbortSignal {
    return AbortSignal.any([this.world.signal, AbortSignal.timeout(this.timeoutMs)])
  }

  /** The folder of keys of agents, of contexts and of the join file. */
  get folder(): string {
    return userFolders(this.world.env).config
  }

  contexts(): Promise<Contexts> {
    this.#contexts ??= Contexts.open(this.folder)
    return this.#contexts
  }

  async contextName(): Promise<string> {
    return this.#options.context ?? (this.world.env['TRUSTMESH_CONTEXT'] || (await this.contexts()).current)
  }

  /** The mesh that is meant. Rejects with `cli.no-context` where one is named that there is not. */
  async context(): Promise<Context> {
    const contexts = await this.contexts()
    const name = await this.contextName()
    if (name !== contexts.current && !contexts.has(name)) {
      const fix =
        contexts.names.length > 0 ? `one of: ${contexts.names.join(', ')}` : 'trustmesh login --context NAME makes one'
      throw new CliError('cli.no-context', `there is no context "${name}"`, { fix })
    }
    return contexts.of(name)
  }

  /** Path of the config file that is meant, where one is. */
  async configFile(): Promise<string | undefined> {
    if (this.#options.config !== undefined) return resolve(this.#options.config)
    const named = this.world.env['TRUSTMESH_CONFIG']
    if (named) return resolve(named)
    const contexts = await this.contexts()
    return contexts.of(await this.contextName()).config
  }

  /** Where that is said. */
  async configSources(): Promise<ConfigSources> {
    return { file: await this.configFile(), env: this.world.env, flags: this.#options.set }
  }

  /** How the node on this machine is set up. */
  config(): Promise<NodeConfig> {
    this.#config ??= this.configSources().then(loadConfig)
    return this.#config
  }

  /** The mesh that the node on this machine is a member of; `null` where there is none. */
  async mesh(): Promise<MeshFile | null> {
    return await readMeshFile((await this.config()).dataDir)
  }

  /** What the commands of a node have of their surroundings. */
  async nodePorts(): Promise<CommandPorts> {
    return { config: await this.config(), passphrase: () => this.passphrase(), warn: this.warn }
  }

  /** The admin API of this context. */
  client(): Promise<AdminClient> {
    this.#client ??= this.#connect()
    return this.#client
  }

  /** Whom this person knows by which name. */
  async known(): Promise<Known> {
    await this.context()
    const contexts = await this.contexts()
    return new Known({ contexts, context: await this.contextName(), client: () => this.client() })
  }

  /** The keys in a folder, sealed under the passphrase if there is one. */
  keystore(directory: string): FileKeystore {
    return new FileKeystore({
      directory,
      random: systemRandom,
      passphrase: () => this.passphrase(),
      warn: this.warn,
    })
  }

  /** The keys of agents, which the SDK uses as well. */
  get agentKeys(): FileKeystore {
    return this.keystore(join(this.folder, 'agents'))
  }

  /** The Did of one of this person's agents, whose key is made where there is none. */
  async agentDid(name: string): Promise<Did> {
    return (await loadOrCreate(this.agentKeys, name)).identity.did
  }

  /** The keys of operators. */
  get operatorKeys(): FileKeystore {
    return this.keystore(join(this.folder, 'operators'))
  }

  /** What the node and the keystore warn of, each once a run. */
  readonly warn = (message: string): void => {
    if (!this.#warned.has(message)) this.output.note(`warning: ${message}`)
    this.#warned.add(message)
  }

  /** Asked for once, whatever number of folders there are. */
  passphrase(): Promise<string | null> {
    this.#passphrase ??= this.#askPassphrase()
    return this.#passphrase
  }

  async #askPassphrase(): Promise<string | null> {
    const { env } = this.world
    if (!this.#options.prompt) return await readPassphrase({ env })
    const { promptPassphrase } = await import('@trustmesh/mesh-node/prompt')
    return await readPassphrase({ env, prompt: promptPassphrase })
  }

  async #connect(): Promise<AdminClient> {
    const { admin } = await this.context()
    const url = this.world.env['TRUSTMESH_ADMIN_URL'] || admin || (await this.#localAdmin())
    return new AdminClient({ url, deadline: () => this.deadline(), credentials: credentialsOf(this) })
  }

  /** Where the node on this machine has it, as its config says. */
  async #localAdmin(): Promise<string> {
    const { admin, tls } = await this.config()
    const host = HERE[admin.host] ?? admin.host
    return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${admin.port}`
  }

  #outputTo(isJson: boolean): Output {
    const { stdout, stderr, env } = this.world
    return new Output({ stdout, stderr, isJson, env })
  }
}
