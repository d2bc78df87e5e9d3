import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyInto, filesBelow, type LayerFile } from './copy.ts'
import type { Architecture } from './runtime.ts'
import { bytesOf } from './sizes.ts'

/** Most bytes of the runtime of language models in a package; version 3.22.1 has 35.5 MB on x64 and 25.1 MB on arm64. */
const MOST_BYTES = 45_000_000

/** What is read at run time, and the licences. Sources, types, maps and documents of the packages are half of their bytes. */
const KEPT = /\.([cm]?js|json|node|so)$|(^|\/)licen[cs]e[^/]*$/i
/** What compiles llama.cpp, which no package does: the binaries are in it. */
const LEFT =
  /^(\.|(cmake-js|node-addon-api|node-api-headers)\/|node-llama-cpp\/(templates|llama\/(addon|xpack))\/)/

/**
 * The files of node-llama-cpp, of what it needs and of its binaries for one architecture.
 *
 * @param modules the node_modules that it is installed in, maybe with binaries of other platforms
 */
export function llamaFiles(modules: string, architecture: Architecture): LayerFile[] {
  const ours = `@node-llama-cpp/linux-${architecture}/`
  return filesBelow(modules).filter(
    ({ path }) =>
      KEPT.test(path) && !LEFT.test(path) && (!path.startsWith('@node-llama-cpp/') || path.startsWith(ours)),
  )
}

/** Where `scripts/install-llm-runtime.mjs --arch <architecture>` puts the runtime, below the root of the project. */
export function llamaModules(architecture: Architecture): string {
  const isOwn = process.platform === 'linux' && process.arch === architecture
  return join('.cache', isOwn ? 'llm' : `llm-linux-${architecture}`, 'node_modules')
}

/**
 * Installs the runtime of language models for one architecture and puts what a program needs of it into `folder`, below
 * `node_modules`. What was there before is removed.
 *
 * @param install does the first half; npm when it is left out
 * @throws Error when it cannot be had, or is larger than a package may be
 */
export function buildLlamaFolder(
  architecture: Architecture,
  folder: string,
  { modules = llamaModules(architecture), install = installRuntime } = {},
): LayerFile[] {
  install(architecture)
  const files = llamaFiles(modules, architecture)
  rmSync(folder, { recursive: true, force: true })
  if (!files.some(({ path }) => path.endsWith('.node'))) {
    throw new Error(
      `The runtime of language models for linux/${architecture} is not in ${modules}; see why "node scripts/install-llm-runtime.mjs --arch ${architecture}" did not put it there.`,
    )
  }
  const bytes = bytesOf(files)
  if (bytes > MOST_BYTES) {
    throw new Error(
      `The runtime of language models for linux/${architecture} has ${bytes} bytes; expected at most ${MOST_BYTES}: leave more of it out in scripts/layers/llama.ts.`,
    )
  }
  for (const { path } of files) copyInto(join(modules, path), join(folder, 'node_modules', path))
  return files
}

function installRuntime(architecture: Architecture): void {
  const program = join('scripts', 'install-llm-runtime.mjs')
  spawnSync(process.execPath, [program, '--arch', architecture], { stdio: 'inherit' })
}
