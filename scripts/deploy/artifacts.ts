import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { FUNCTIONS } from './deployment.ts'
import { LLAMA_FOLDER } from './generate-function.ts'
import type { Parameters } from './parameters.ts'

/**
 * Builds layers and doors as `npm run build:layers` and `npm run build` do: the doors after the layers, for they keep
 * the hashes of what was made beside the models.
 *
 * @throws Error with what the build printed when it fails
 */
export function buildArtifacts(root: string, parameters: Parameters, log: (text: string) => void): void {
  const { architecture, layerModels, generate } = parameters
  const llm = generate ? ['--llm'] : []
  run(root, log, ['build-layers.ts', '--arch', architecture, '--models', layerModels.join(','), ...llm])
  buildDoors(root, log)
}

/**
 * Builds the doors alone.
 *
 * @throws Error with what the build printed when it fails
 */
export function buildDoors(root: string, log: (text: string) => void): void {
  run(root, log, ['build.ts'])
}

function run(
  root: string,
  log: (text: string) => void,
  [script, ...rest]: readonly [string, ...string[]],
): void {
  log(`Running scripts/${script}`)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join('scripts', 'run.mjs'), join('scripts', script), ...rest],
    { cwd: root, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`scripts/${script} failed:\n${stdout}${stderr}`)
}

/** What to say when a function is not built; undefined when all are. */
export function describeMissingDoors(root: string): string | undefined {
  const doors = FUNCTIONS.filter((name) => !existsSync(join(root, 'dist', `${name}.js`)))
  if (doors.length === 0) return undefined
  const names = doors.map((name) => `dist/${name}.js`).join(' and ')
  return `${names} ${doors.length > 1 ? 'are' : 'is'} not built; run "npm run build". Each door in functions/ has to be one of DOORS in scripts/bundle.ts.`
}

/** What to say when a part of what is deployed is not there; undefined when all is. */
export function describeMissing(
  root: string,
  { architecture, generate }: Pick<Parameters, 'architecture' | 'generate'>,
): string | undefined {
  const doors = describeMissingDoors(root)
  if (doors) return doors
  const runtimes = runtimesIn(root)
  if (!runtimes.includes(architecture)) {
    const found = runtimes.length > 0 ? `is for ${runtimes.join(', ')}` : 'is not built'
    return `layers/onnxruntime ${found}; expected one for ${architecture}; run "npm run build:layers -- --arch ${architecture}".`
  }
  return generate ? describeMissingLlama(root, architecture) : undefined
}

function describeMissingLlama(root: string, architecture: string): string | undefined {
  const binaries = join(root, LLAMA_FOLDER, 'node_modules', '@node-llama-cpp')
  const found = existsSync(binaries) ? readdirSync(binaries) : []
  if (found.includes(`linux-${architecture}`)) return undefined
  const state = found.length > 0 ? `is for ${found.join(', ')}` : 'is not built'
  return `${LLAMA_FOLDER}, the runtime of language models, ${state}; expected one for linux-${architecture}; run "npm run build:layers -- --llm --arch ${architecture}".`
}

/** The architectures that the runtime in the layer was built for. */
function runtimesIn(root: string): string[] {
  const bin = join(root, 'layers', 'onnxruntime', 'nodejs', 'node_modules', 'onnxruntime-node', 'bin')
  if (!existsSync(bin)) return []
  return readdirSync(bin).flatMap((version) => readdirSync(join(bin, version, 'linux')))
}
