/**
 * # @trustmesh/mesh-node/setup
 *
 * How a machine becomes a node, and how that is set up: what there is to do while none runs, without all that it takes to run one.
 */

export {
  type ConfigSources,
  type ConfigValue,
  type ExplainedConfig,
  explainConfig,
  loadConfig,
  type NodeConfig,
} from './config.ts'
export {
  type CommandPorts,
  type Founded,
  type InitOptions,
  init,
  invite,
  type Joined,
  joinMesh,
  renew,
} from './membership/commands.ts'
export { type MeshFile, readMeshFile } from './membership/mesh-file.ts'
export { NodeError, type NodeErrorCode } from './node-error.ts'
export { writeWhole } from './whole-file.ts'
