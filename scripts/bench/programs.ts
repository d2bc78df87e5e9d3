import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundle, bundleDoors, bundleHttpDoors } from '../bundle.ts'

/** Who takes part. `floor` is the ONNX runtime alone. */
export type EntrantName = 'ours' | 'floor' | 'transformers.js' | 'fastembed'

/** Built programs. */
export interface Programs {
  readonly entrants: Readonly<Record<EntrantName, string>>
  /** The Node server. */
  readonly server: string
}

/** Bundles programs that use the peers, beside whose packages they must lie. */
export async function buildPeers(entryPoints: string[], peersFolder: string): Promise<void> {
  await build({
    entryPoints,
    outdir: peersFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
}

/**
 * Bundles each entrant's program as its users would run it: this project and the floor as the Lambda door is
 * built, the peers as ES modules beside their packages.
 */
export async function buildPrograms(folder: string, peersFolder: string): Promise<Programs> {
  const root = process.cwd()
  const entrant = (name: string) => join(root, 'scripts', 'bench', 'entrants', `${name}.ts`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
  await Promise.all([
    bundleDoors(root, join(folder, 'doors')),
    bundle([entrant('floor')], folder),
    bundleHttpDoors([entrant('ours')], root, folder),
    buildPeers([entrant('transformers'), entrant('fastembed')], peersFolder),
  ])
  return {
    entrants: {
      ours: join(folder, 'ours.js'),
      floor: join(folder, 'floor.js'),
      'transformers.js': join(peersFolder, 'transformers.mjs'),
      fastembed: join(peersFolder, 'fastembed.mjs'),
    },
    server: join(folder, 'doors', 'server.js'),
  }
}
