import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { filesBelow } from './layers/copy.ts'
import { addModel, recordDerived, removeModels } from './layers/models.ts'
import { ARCHITECTURES, buildRuntimeLayer, runtimeVersionIn } from './layers/runtime.ts'
import { describeExcess, describeSizes } from './layers/sizes.ts'
import { openModelBook, requirePinned } from './models/places.ts'

/** Usage, printed for --help. */
const USAGE = `npm run build:layers -- [option …]
  makes layers/onnxruntime with the runtime for one architecture and layers/models with the chosen models, verified, with
  their derived files; prints sizes, and fails when they do not fit into a Lambda function
  --arch ${process.arch}                x64 or arm64
  --models jobs-static      ids or aliases, with commas
  --from models             folders holding <id>/…, searched in order; may be given several times
  --out layers              --catalog src/models/catalog/catalog.json   --lock models.lock.json`

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: process.arch },
    models: { type: 'string', default: 'jobs-static' },
    from: { type: 'string', multiple: true, default: ['models', 'layers/models'] },
    catalog: { type: 'string', default: 'src/models/catalog/catalog.json' },
    lock: { type: 'string', default: 'models.lock.json' },
    out: { type: 'string', default: 'layers' },
    help: { type: 'boolean', default: false },
  },
})

/** Lies below layers/models in the repository, and stays there whatever a layer is built of. */
const BUNDLED_MODEL = 'jobs-static-2'

async function main(): Promise<void> {
  const architecture = ARCHITECTURES.find((name) => name === values.arch)
  if (!architecture) throw new Error(`Expected --arch ${ARCHITECTURES.join(' or ')}, got ${values.arch}.`)
  const runtime = join(values.out, 'onnxruntime')
  buildRuntimeLayer('node_modules', architecture, runtime)
  console.log(`ONNX runtime ${runtimeVersionIn('node_modules')} for linux/${architecture} in ${runtime}`)

  const folder = join(values.out, 'models')
  const book = openModelBook(values)
  const chosen = values.models.split(',').map((name) => requirePinned(book, book.find(name.trim())))
  const known = book.models.map(({ id }) => id)
  removeModels(folder, known, [BUNDLED_MODEL, ...chosen.map(({ id }) => id)])
  const models = []
  for (const manifest of chosen) {
    const model = await addModel(manifest, values.from, folder)
    models.push(model)
    for (const { path, reason } of model.left) console.log(`${model.id}: ${path} stays as it is: ${reason}`)
    for (const { path, key } of model.derived) console.log(`${model.id}: ${path} is for ${key}`)
  }
  recordDerived(join(folder, 'derived.json'), models)

  const layers = [runtime, folder].map((name) => ({ name, files: filesBelow(name) }))
  console.log(`\n${describeSizes(layers)}`)
  const excess = describeExcess(layers)
  if (excess) throw new Error(excess)
}

if (values.help) console.log(USAGE)
else await main()
