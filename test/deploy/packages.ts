import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMPILED_FILE, type Compiled } from '../../scripts/deploy/compiled.ts'
import { FUNCTIONS } from '../../scripts/deploy/deployment.ts'
import type { Template } from './rules/template.ts'
import type { Artifacts } from './sizes.ts'
import { readZipEntries } from './zip-entries.ts'

const root = join(import.meta.dirname, '../..')

/** A checkout beside this one, so that building disturbs no other test. */
export interface Checkout {
  /** `npx serverless package` without network or credentials. */
  pack(stage: string, parameters?: Readonly<Record<string, string>>): Packed
  /** The folder of the archives that were packed last. */
  readonly packages: string
  /** Empties the native library in the layer: packing is quicker, and the template is the same. */
  lighten(): void
  /** Starts the deploy tool against another AWS, or none. */
  start(parameters: readonly string[], environment?: Readonly<Record<string, string>>): Started
  /** Says for what dist/ was compiled ahead. */
  noteCompiled(compiled: Compiled): void
  /** Writes a file of the checkout. */
  write(path: string, text: string): void
  remove(): void
}

/** The deploy tool at work. */
interface Started {
  readonly process: ChildProcess
  /** What it has printed so far. */
  output(): string
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>
}

/** What packaging left. */
export interface Packed {
  readonly status: number | null
  readonly output: string
  template(): Template
  artifacts(): Artifacts
}

/** A checkout with doors and layers built as the deploy tool builds them. */
export function createCheckout(architecture: string): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'))
  for (const name of ['node_modules', 'functions', 'scripts', 'src', 'package.json', 'models.lock.json']) {
    symlinkSync(join(root, name), join(folder, name))
  }
  copyFileSync(join(root, 'serverless.yml'), join(folder, 'serverless.yml'))
  cpSync(join(root, 'layers', 'models', 'jobs-static-2'), join(folder, 'layers', 'models', 'jobs-static-2'), {
    recursive: true,
  })
  run(folder, ['scripts/run.mjs', 'scripts/build-layers.ts', '--arch', architecture])
  run(folder, ['scripts/run.mjs', 'scripts/build.ts'])
  standInForMissingDoors(folder)
  standInForLlama(folder, architecture)
  return {
    pack: (stage, parameters = {}) => pack(folder, stage, { architecture, build: 'false', ...parameters }),
    packages: join(folder, '.serverless'),
    lighten() {
      for (const name of readdirSync(join(folder, 'layers'), { recursive: true, encoding: 'utf8' })) {
        if (/\.so(\.\d+)*$/.test(name)) writeFileSync(join(folder, 'layers', name), '')
      }
    },
    noteCompiled: (compiled) => writeFileSync(join(folder, 'dist', COMPILED_FILE), JSON.stringify(compiled)),
    write(path, text) {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
    start: (parameters, environment = {}) => start(folder, parameters, environment),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A door that is not written yet is packed as another one, to test the packing. */
function standInForMissingDoors(folder: string): void {
  for (const door of FUNCTIONS) {
    if (existsSync(join(root, 'functions', `${door}.ts`))) continue
    for (const end of ['js', 'bundle.js', 'bundle.js.cache']) {
      copyFileSync(join(folder, 'dist', `embed.${end}`), join(folder, 'dist', `${door}.${end}`))
    }
  }
}

/** The runtime of language models comes from npm, which no test of the packing needs. */
function standInForLlama(folder: string, architecture: string): void {
  const place = join(folder, 'layers', 'llm', 'node_modules', '@node-llama-cpp', `linux-${architecture}`)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{}')
}

function pack(folder: string, stage: string, parameters: Readonly<Record<string, string>>): Packed {
  const { status, output } = tool(folder, [
    'package',
    '--stage',
    stage,
    ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
  ])
  const packed = (name: string) => readFileSync(join(folder, '.serverless', name))
  const archives = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, readZipEntries(packed(`${name}.zip`))]))
  return {
    status,
    output,
    template: () => JSON.parse(packed('cloudformation-template-update-stack.json').toString()) as Template,
    artifacts: () => ({
      functions: archives(FUNCTIONS.filter((name) => existsSync(join(folder, '.serverless', `${name}.zip`)))),
      layers: archives(
        readdirSync(join(folder, '.serverless'))
          .filter((name) => name.endsWith('.zip'))
          .map((name) => name.slice(0, -'.zip'.length))
          .filter((name) => !FUNCTIONS.some((other) => other === name)),
      ),
    }),
  }
}

/** Nothing listens there: a program that asked the network for something would fail. */
const NOWHERE = 'http://127.0.0.1:9'

const TOOL = join('node_modules', 'serverless', 'bin', 'serverless.js')

function environmentOf(folder: string): NodeJS.ProcessEnv {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(environment),
    HOME: folder,
    AWS_ENDPOINT_URL: NOWHERE,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

function tool(folder: string, parameters: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TOOL, ...parameters], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...environmentOf(folder), HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE },
  })
  return { status, output: stdout + stderr }
}

function start(
  folder: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): Started {
  const child = spawn(process.execPath, [TOOL, ...parameters], {
    cwd: folder,
    env: { ...environmentOf(folder), ...environment },
  })
  let printed = ''
  child.stdout.on('data', (text) => {
    printed += text
  })
  child.stderr.on('data', (text) => {
    printed += text
  })
  return {
    process: child,
    output: () => printed,
    ended: new Promise((resolve) => child.on('close', resolve)),
  }
}

function run(folder: string, parameters: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${parameters.join(' ')} failed:\n${stdout}${stderr}`)
}
