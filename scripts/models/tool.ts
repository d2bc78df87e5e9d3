import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Tool } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { runModelCommand } from './commands.ts'

/** The files that the commands keep, where none are named. */
const USUAL_PLACES = {
  catalog: 'src/models/catalog/catalog.json',
  generators: 'src/models/catalog/generators.json',
  lock: 'models.lock.json',
  folder: 'models',
} as const

const SHAPE = {
  name: 'models',
  summary: 'Lists, fetches, checks, describes and quantizes models.',
  usage: ['<command> [name …] [option …]'],
  commands: [
    ['list', 'every model of the catalog, and where it was found'],
    ['pull <id or alias> …', 'fetches from the hub (HF_ENDPOINT, HF_TOKEN); goes on where it broke off'],
    ['verify [id or alias …]', 'hashes, loads and runs canaries of what is here'],
    ['push s3://bucket/prefix [id …]', 'uploads what is here'],
    ['add <owner/name>[@revision]', 'describes a repository in the catalog'],
    ['add <folder>', 'the same for a folder of sentence-transformers, Model2Vec or ONNX files'],
    ['add <file.gguf>', 'describes a language model by the header of its file'],
    ['schema', 'prints the JSON Schema of catalogs (docs/catalog.schema.json)'],
    ['remove <id or alias> …', 'removes what was pulled, with its pin'],
    ['quantize <in.onnx> <out.onnx>', 'float32 weights to int8'],
  ],
  options: {
    from: {
      value: '<place>',
      help: 'pull, add: a folder, or the address of a mirror such as https://hf-mirror.com',
    },
    'dry-run': { help: 'push: shows what it would upload' },
    id: { value: '<id>', help: 'add: the id in the catalog' },
    graph: { value: '<file>', help: 'add: the ONNX file' },
    set: {
      value: '<name=value>',
      multiple: true,
      help: 'add: what the files leave open, such as pooling=mean',
    },
    folder: { value: '<folder>', default: USUAL_PLACES.folder, help: 'where pulled models are' },
    catalog: { value: '<file>', default: USUAL_PLACES.catalog, help: 'which models there are' },
    generators: {
      value: '<file>',
      default: USUAL_PLACES.generators,
      help: 'which language models there are',
    },
    lock: { value: '<file>', default: USUAL_PLACES.lock, help: 'what pulls found out' },
  },
  examples: [
    'list',
    'pull fast chinese',
    'pull chinese --from https://hf-mirror.com',
    'verify',
    'add ./my-model --set pooling=mean',
    'add ./my-chat-Q4_0.gguf --id my-chat',
  ],
  notes: ['In China: --from https://hf-mirror.com, or HF_ENDPOINT=https://hf-mirror.com for every command.'],
  helpAlone: true,
} as const

/** `npm run models`: the commands that keep models. */
export const modelsTool: Tool = {
  shape: SHAPE,
  async run(args, root) {
    const { values, positionals } = readArguments<typeof SHAPE.options>(SHAPE, args)
    const [command = '', ...names] = positionals
    const places = {
      ...values,
      catalog: catalogOf(values.catalog, 'catalog', root),
      generators: catalogOf(values.generators, 'generators', root),
      programs: root,
      others: [join(root, 'layers', 'models')],
      dryRun: values['dry-run'],
    }
    await runModelCommand(command, names, { ...places, environment: process.env, print: console.log })
    return 0
  },
}

/** A catalog of the checkout, or the one that is built into the folder of programs where there is no checkout. */
function catalogOf(given: string, name: 'catalog' | 'generators', root: string): string {
  const built = join(root, 'dist', `${name}.json`)
  return given === USUAL_PLACES[name] && !existsSync(given) && existsSync(built) ? built : given
}
