import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyInto, filesBelow, type LayerFile } from './copy.ts'

/** Architectures of Lambda, as Node names them. */
export const ARCHITECTURES = ['x64', 'arm64'] as const

/** One of {@link ARCHITECTURES}. */
export type Architecture = (typeof ARCHITECTURES)[number]

/** What a program needs of each package at run time: types, source maps, other systems and CUDA are left out. */
const KEPT: Readonly<Record<string, (architecture: Architecture) => RegExp>> = {
  'onnxruntime-common': () => /^(package\.json|dist\/cjs\/.*\.(js|json))$/,
  'onnxruntime-node': (architecture) =>
    new RegExp(
      `^(package\\.json|dist/.*\\.js|bin/napi-v\\d+/linux/${architecture}/(libonnxruntime\\.so\\.\\d+|onnxruntime_binding\\.node))$`,
    ),
}

/**
 * Fills `folder` with the ONNX runtime for one architecture, laid out as a Lambda layer: Lambda unpacks it to
 * `/opt`, and `require` finds `/opt/nodejs/node_modules` through NODE_PATH. What was there before is removed.
 *
 * @param modules the node_modules that the packages are installed in
 * @throws Error when a package is not installed, or has no library for this architecture
 */
export function buildRuntimeLayer(modules: string, architecture: Architecture, folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  for (const name of Object.keys(KEPT)) {
    const source = join(modules, name)
    if (!existsSync(join(source, 'package.json'))) {
      throw new Error(`The package ${name} is not in ${modules}; run "npm ci" first.`)
    }
    const kept = keptFiles(modules, name, architecture)
    if (name === 'onnxruntime-node' && !kept.some(({ path }) => path.endsWith('.node'))) {
      throw new Error(`${name} has no library for linux/${architecture}; install it again.`)
    }
    for (const { path } of kept)
      copyInto(join(source, path), join(folder, 'nodejs', 'node_modules', name, path))
  }
}

/** The files that the layer will be made of; none when there is no library for this architecture. */
export function runtimeFiles(modules: string, architecture: Architecture): LayerFile[] {
  const files = Object.keys(KEPT).flatMap((name) => keptFiles(modules, name, architecture))
  return files.some(({ path }) => path.endsWith('.node')) ? files : []
}

function keptFiles(modules: string, name: string, architecture: Architecture): LayerFile[] {
  const kept = KEPT[name]!(architecture)
  return filesBelow(join(modules, name)).filter(({ path }) => kept.test(path))
}

/** The version of the runtime in a node_modules. */
export function runtimeVersionIn(modules: string): string {
  return JSON.parse(readFileSync(join(modules, 'onnxruntime-node', 'package.json'), 'utf8')).version
}
