import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const requireAsNode = createRequire(new URL('../../packages/mesh-node/package.json', import.meta.url))

/** A TypeScript program of these tests as a JavaScript file that Node runs from anywhere; libraries are taken from where they are. */
export async function compileProgram(source: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@trustmesh/source'],
    plugins: [
      {
        name: 'libraries-by-url',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^level$/ }, ({ path }) => ({
            path: pathToFileURL(requireAsNode.resolve(path)).href,
            external: true,
          })),
      },
    ],
  })
}
