import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { compileAhead } from './compile-ahead.ts'
import { COMPILED_FILE, type Compiled } from './deploy/compiled.ts'

/** The programs that are built, one file each. */
export const DOORS = [
  'embed',
  'match',
  'batch',
  'split',
  'train',
  'generate',
  'server',
  'worker',
  'batch-thread',
  'queue-worker',
  'pull',
  'llama',
] as const

/** A door that was built. */
interface Bundle {
  readonly path: string
  readonly bytes: number
}

/** More than this in one file is a dependency that came in by mistake. */
export const MAX_BUNDLE_BYTES = 1_000_000

/**
 * Lambda awaits the models of PRELOAD_MODELS only in an ES module, and finds the runtime in a layer only through
 * `require`: so a module of its own waits for the CommonJS one.
 */
const preloaded = (door: string) => `import { createRequire } from 'node:module'
const { handler, ready } = createRequire(import.meta.url)('./${door}.js')
await ready
export { handler }
`

/**
 * Bundles the doors below `root` into `folder` as CommonJS; only the native ONNX runtime stays outside.
 *
 * @throws Error when a bundle is larger than `maxBytes`
 */
export async function bundleDoors(
  root: string,
  folder: string,
  maxBytes = MAX_BUNDLE_BYTES,
): Promise<Bundle[]> {
  const entry = (door: string) => join(root, 'functions', `${door}.ts`)
  await mkdir(folder, { recursive: true })
  const plugins = [nativeRuntime, partsApart]
  await Promise.all([
    bundleHttpDoors(HTTP_DOORS.map(entry), root, folder),
    bundle(['batch', 'split', 'train', 'generate', 'worker', 'batch-thread', 'pull'].map(entry), folder, {
      plugins,
    }),
    bundleLlama(root, folder),
    bundleLater(root, folder),
    ...CHECKED.map((door) => bundleChecked(door, entry(door), root, folder)),
    bundleCommand(root, folder),
    writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n'),
    ...HTTP_DOORS.map((door) => writeFile(join(folder, `${door}-preloaded.mjs`), preloaded(door))),
  ])
  const bundles = await Promise.all(
    DOORS.map((door) =>
      measure(
        join(folder, CHECKED.some((one) => one === door) ? `${door}.bundle.js` : `${door}.js`),
        maxBytes,
      ),
    ),
  )
  for (const door of HTTP_DOORS) {
    const path = join(folder, `${door}.js`)
    compileAhead(path, {
      arguments: ['--eval', `require(${JSON.stringify(path)}).handler(${JSON.stringify(trialOf(door))})`],
      environment: { MODEL_SOURCES: join(root, 'layers', 'models') },
    })
  }
  const compiled: Compiled = { processor: process.arch, node: process.versions.node }
  await writeFile(join(folder, COMPILED_FILE), `${JSON.stringify(compiled)}\n`)
  return bundles
}

/** Doors that people start themselves, with the Node that they have. */
export const CHECKED = ['server', 'queue-worker'] as const

/**
 * A signal that nobody listens for is lost on the first process of a container, which would serve on until it is killed.
 * Modules take half a second to be read on a busy machine; the program listens itself after that.
 */
const END_EARLY = `for (const [signal, number] of [['SIGTERM', 15], ['SIGINT', 2]]) process.once(signal, () => process.exit(128 + number))
`

/** Such a door is loaded by a program that an old Node can read, and which tells it so. */
async function bundleChecked(door: string, entryPoint: string, root: string, folder: string): Promise<void> {
  const check = await readFile(join(root, 'scripts', 'require-node.cjs'), 'utf8')
  await writeFile(join(folder, `${door}.js`), `${check}${END_EARLY}require('./${door}.bundle.js')\n`)
  const plugins = [nativeRuntime, partsApart]
  await bundle([entryPoint], folder, { plugins, entryNames: '[name].bundle' })
}

/** The command for the shell, which needs nothing of the checkout but the folder of programs and `layers/`. */
async function bundleCommand(root: string, folder: string): Promise<void> {
  const check = await readFile(join(root, 'scripts', 'require-node.cjs'), 'utf8')
  const program = join(folder, 'cli.js')
  await writeFile(program, `#!/usr/bin/env node\n${check}require('./cli.bundle.js')\n`, { mode: 0o755 })
  for (const name of ['catalog.json', 'generators.json']) {
    await copyFile(join(root, 'src', 'models', 'catalog', name), join(folder, name))
  }
  const plugins = [nativeRuntime, partsApart]
  await bundle([join(root, 'scripts', 'cli.ts')], folder, { plugins, entryNames: '[name].bundle' })
}

/** Bundles the program that runs llama.cpp, whose library is an ES module: it alone has a real `import()`. */
export function bundleLlama(root: string, folder: string): Promise<void> {
  return bundle([join(root, 'functions', 'llama.ts')], folder, { supported: { 'dynamic-import': true } })
}

/** Bundles programs as the doors before the HTTP API are: light web classes, Amazon's clients left out. */
export function bundleHttpDoors(entryPoints: string[], root: string, folder: string): Promise<void> {
  const light = join(root, 'src', 'lambda', 'web.ts')
  return bundle(entryPoints, folder, { inject: [light], plugins: [nativeRuntime, partsApart] })
}

/** The doors before the HTTP API, with a first request to each. */
const FIRST_REQUESTS = {
  embed: { input: ['Data engineer', '数据工程师'] },
  match: { query: 'Data engineer', candidates: ['Nurse', '数据工程师'] },
}
const HTTP_DOORS = ['embed', 'match'] as const

/** Takes a door through everything that a first request needs. */
function trialOf(door: (typeof HTTP_DOORS)[number]) {
  return {
    version: '2.0',
    rawPath: `/${door}`,
    headers: { 'content-type': 'application/json' },
    requestContext: { stage: '$default', http: { method: 'POST', path: `/${door}` } },
    body: JSON.stringify(FIRST_REQUESTS[door]),
    isBase64Encoded: false,
  }
}

/** Bundles programs into `folder` as the doors are, each under its own name. */
export async function bundle(entryPoints: string[], folder: string, more: BuildOptions = {}): Promise<void> {
  await build({
    entryPoints,
    outdir: folder,
    bundle: true,
    minify: true,
    lineLimit: 200,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    define: {
      'import.meta.dirname': '__dirname',
      DERIVED_FILES: recordAt('layers/models/derived.json'),
      MODEL_PINS: recordAt('models.lock.json'),
    },
    // A real import() finds nothing through NODE_PATH, and takes twice the time of a require.
    supported: { 'dynamic-import': false },
    plugins: [nativeRuntime],
    logLevel: 'warning',
    ...more,
  })
}

/**
 * Takes the JavaScript of the ONNX runtime into the bundle and leaves its native part where it is: some forty small
 * files need not be found, and the runtime is there in 10 ms rather than 28.
 */
const nativeRuntime: Plugin = {
  name: 'native-runtime',
  setup({ onLoad }) {
    onLoad({ filter: /onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const contents = text.replace('require(`../bin/', 'require(`onnxruntime-node/bin/')
      if (contents === text) throw new Error(`${path} loads its native part in a new way; adapt this plugin.`)
      return { contents }
    })
  },
}

/** How resumes speak to a judge, which no request without one asks. */
const ADDRESSING = [
  'addressing-patterns',
  'persuading-chinese',
  'persuading-english',
  'other-languages',
  'disguises',
]

/**
 * What few starts need, in files of their own below `later/`: a start that does not need one does not even read it. Each
 * stands alone: what throws errors of ours, or is thrown, must be in the door, which knows them by their class. The
 * clients of Amazon are each more than everything else together; the others are 116 kB of 445 in the door of embed.
 */
const LATER: readonly { readonly name: string; readonly filter: RegExp; readonly contents: string }[] = [
  clientOf(
    's3',
    'DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client',
  ),
  clientOf('sqs', 'ChangeMessageVisibilityCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient'),
  clientOf(
    's3vectors',
    'CreateIndexCommand, DeleteIndexCommand, DeleteVectorsCommand, GetVectorsCommand, ListIndexesCommand, ListVectorsCommand, PutVectorsCommand, QueryVectorsCommand, S3VectorsClient',
  ),
  // A function is its whole export: that is what a module finds as the default of a CommonJS one.
  { name: 'postgres', filter: /^postgres$/, contents: "module.exports = require('postgres')" },
  {
    name: 'tokenizers',
    filter: /^@huggingface\/tokenizers$/,
    contents: "export { Tokenizer } from '@huggingface/tokenizers'",
  },
  {
    name: 'openapi',
    filter: /^\.\/openapi\.ts$/,
    contents: "export { describeApi } from './src/http/openapi.ts'",
  },
  {
    name: 'quality',
    filter: /^\.\/quality\.json$/,
    contents: "module.exports = require('./src/models/catalog/quality.json')",
  },
  {
    name: 'generators',
    filter: /\/generators\.json$/,
    contents: "module.exports = require('./src/models/catalog/generators.json')",
  },
  {
    name: 'addressing',
    filter: new RegExp(`^\\./(${ADDRESSING.join('|')})\\.ts$`),
    contents: ADDRESSING.map((file) => `export * from './src/services/judge/${file}.ts'`).join('\n'),
  },
  {
    name: 'skill-synonyms',
    filter: /^\.\/synonyms\.json$/,
    contents: "module.exports = require('./src/services/match/skills/synonyms.json')",
  },
]

/** Listed is what the project imports of a client; the rest is left out. */
function clientOf(service: string, parts: string) {
  const client = `@aws-sdk/client-${service}`
  const contents = `export { ${parts} } from '${client}'`
  return { name: `${service}-client`, filter: new RegExp(`^${client}$`), contents }
}

const partsApart: Plugin = {
  name: 'parts-apart',
  setup({ onResolve }) {
    for (const { name, filter } of LATER) {
      onResolve({ filter }, () => ({ path: `./later/${name}.js`, external: true }))
    }
  },
}

/** Bundles what {@link LATER} lists into `later/` of a folder of doors. */
async function bundleLater(root: string, folder: string): Promise<void> {
  const one = ({ name, contents }: (typeof LATER)[number]) =>
    bundle([], join(folder, 'later'), {
      stdin: { contents, resolveDir: root },
      entryNames: name,
      // Its ES modules, of which parts can be left out.
      mainFields: ['module', 'main'],
    })
  await Promise.all(LATER.map(one))
}

/** What `npm run build:layers` or `npm run models` recorded: in the bundle it is out of the data's reach. */
function recordAt(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '{}'
}

async function measure(path: string, maxBytes: number): Promise<Bundle> {
  const { size: bytes } = await stat(path)
  if (bytes <= maxBytes) return { path, bytes }
  throw new Error(`${path} has ${bytes} bytes; expected at most ${maxBytes}; look for a new dependency.`)
}
