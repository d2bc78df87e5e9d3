import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UsageError } from './console/options.ts'
import { runNpmTool } from './console/run-tool.ts'
import type { ToolValues } from './console/tool.ts'
import { readArguments } from './console/tool-arguments.ts'
import { filesBelow } from './layers/copy.ts'
import { buildLlamaFolder } from './layers/llama.ts'
import { addManifest, addModel, recordDerived, removeModels } from './layers/models.ts'
import { ARCHITECTURES, buildRuntimeLayer, runtimeVersionIn } from './layers/runtime.ts'
import { describeExcess, describeSizes } from './layers/sizes.ts'
import { openModelBook, requirePinned, withBases } from './models/places.ts'

const SHAPE = {
  name: 'build:layers',
  summary:
    'Makes layers/onnxruntime with the runtime for one architecture and layers/models with the chosen models, verified, with their derived files; with --llm also layers/llm; prints sizes, and fails when they do not fit into a Lambda function.',
  usage: ['[option …]'],
  options: {
    arch: { value: '<name>', default: process.arch, help: 'x64 or arm64' },
    models: { value: '<ids>', default: 'jobs-static', help: 'ids or aliases, with commas' },
    from: {
      value: '<folder>',
      multiple: true,
      default: 'models,layers/models',
      help: 'holds <id>/…; searched in order',
    },
    out: { value: '<folder>', default: 'layers', help: 'where they go' },
    catalog: { value: '<file>', default: 'src/models/catalog/catalog.json', help: 'which models there are' },
    llm: {
      help: 'also makes layers/llm with the runtime of language models, from npm, for the door generate',
    },
    lock: { value: '<file>', default: 'models.lock.json', help: 'what pulls found out' },
  },
  examples: ['', '--models jobs,fast --arch arm64', '--llm --arch arm64'],
} as const

type Values = ToolValues<typeof SHAPE.options>

/** Lies below layers/models in the repository, and stays there whatever a layer is built of. */
const BUNDLED_MODEL = 'jobs-static-2'

async function buildLayers(values: Values): Promise<void> {
  const architecture = ARCHITECTURES.find((name) => name === values.arch)
  if (!architecture)
    throw new UsageError(`Expected --arch ${ARCHITECTURES.join(' or ')}, got ${values.arch}.`)
  const runtime = join(values.out, 'onnxruntime')
  buildRuntimeLayer('node_modules', architecture, runtime)
  console.log(`ONNX runtime ${runtimeVersionIn('node_modules')} for linux/${architecture} in ${runtime}`)

  const folder = join(values.out, 'models')
  const book = openModelBook(values, values.from)
  const asked = values.models.split(',').map((name) => requirePinned(book, book.find(name.trim())))
  const chosen = withBases(book, asked)
  // What lies in the layer alone is no copy: it would be lost.
  const isCopy = (id: string) =>
    !book.described.has(id) ||
    values.from.some((place) => resolve(place) !== resolve(folder) && existsSync(join(place, id)))
  const known = book.models.map(({ id }) => id).filter(isCopy)
  removeModels(folder, known, [BUNDLED_MODEL, ...chosen.map(({ id }) => id)])
  const models = []
  for (const manifest of chosen) {
    const model = await addModel(manifest, values.from, folder)
    if (book.described.has(manifest.id)) addManifest(manifest.id, values.from, folder)
    models.push(model)
    for (const { path, reason } of model.left) console.log(`${model.id}: ${path} stays as it is: ${reason}`)
    for (const { path, key } of model.derived) console.log(`${model.id}: ${path} is for ${key}`)
  }
  recordDerived(join(folder, 'derived.json'), models)

  const llama = join(values.out, 'llm')
  if (values.llm) {
    buildLlamaFolder(architecture, llama)
    console.log(`Runtime of language models for linux/${architecture} in ${llama}`)
  }
  const folders = values.llm ? [runtime, folder, llama] : [runtime, folder]
  const layers = folders.map((name) => ({ name, files: filesBelow(name) }))
  console.log(`\n${describeSizes(layers)}`)
  const excess = describeExcess(layers)
  if (excess) throw new Error(excess)
}

await runNpmTool({
  shape: SHAPE,
  async run(args) {
    await buildLayers(readArguments<typeof SHAPE.options>(SHAPE, args).values)
    return 0
  },
})
