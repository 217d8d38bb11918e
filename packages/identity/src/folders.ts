import envPaths from 'env-paths'

/** Where a person's programs keep what belongs to TrustMesh. */
export interface Folders {
  /** Small, for people to read: keys of agents, the join file. */
  readonly config: string
  /** A node's store, keys and logs. */
  readonly data: string
}

/** The folders that the platform sets aside for each user, or `TRUSTMESH_HOME` for both. */
export function userFolders(env: Readonly<Record<string, string | undefined>>): Folders {
  const home = env['TRUSTMESH_HOME']
  if (home) return { config: home, data: `${home}/node` }
  const { config, data } = envPaths('trustmesh', { suffix: '' })
  return { config, data }
}
