import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Where `scripts/install-test-clients.mjs` puts them. */
const installed = join(root, '.cache', 'clients')
const windows = process.platform === 'win32'
const python = join(installed, 'python', windows ? 'Scripts/python.exe' : 'bin/python')

/** Whether the clients that are no dependencies of this project are installed. */
export const hasClients = existsSync(join(installed, 'stamp'))

/** What keeps clients from asking the internet for prices, news and their own use. */
const QUIET = {
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
  HAYSTACK_TELEMETRY_ENABLED: 'False',
  ANONYMIZED_TELEMETRY: 'False',
  HF_HUB_DISABLE_TELEMETRY: '1',
  LANGSMITH_TRACING: 'false',
  NO_PROXY: '127.0.0.1',
  PYTHONIOENCODING: 'utf-8',
}

/** A program, and the expression of a list whose items it is to hand back. */
export interface Program {
  readonly code: string
  readonly result?: string
  /** Whether it imports packages that this project does not have. */
  readonly foreign?: boolean
}

/** Runs it with the clients' Python; the items of `result`, with arrays of numpy as lists. */
export async function runPython({ code, result }: Program): Promise<unknown[]> {
  const text = `${code}\nimport json as _json\n_plain = lambda value: value.tolist()\nprint("\\nRESULT " + _json.dumps(${result}, default=_plain))\n`
  return inFolder(tmpdir(), async (folder) => {
    const file = join(folder, 'snippet.py')
    writeFileSync(file, text)
    return resultIn(await run(python, [file], folder))
  })
}

/** Runs it as a module of this Node; the items of `result`. */
export async function runNode({ code, result, foreign = false }: Program): Promise<unknown[]> {
  const text = `${code}\nconsole.log('\\nRESULT ' + JSON.stringify(${result}))\n`
  const parent = foreign ? installed : join(root, 'dist')
  mkdirSync(parent, { recursive: true })
  return inFolder(parent, async (folder) => {
    const file = join(folder, 'snippet.mjs')
    writeFileSync(file, text)
    return resultIn(await run(process.execPath, [file], folder))
  })
}

/** Runs its lines with the shell; the JSON that each printed. */
export async function runShell({ code }: Program): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const line of code.trim().split('\n')) {
    answers.push(
      await inFolder(tmpdir(), async (folder) => JSON.parse(await run('sh', ['-c', line], folder))),
    )
  }
  return answers
}

async function inFolder<Result>(parent: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(parent, 'client-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function resultIn(output: string): unknown[] {
  const place = output.lastIndexOf('\nRESULT ')
  if (place < 0) throw new Error(`The program printed no result, but: ${output}`)
  return JSON.parse(output.slice(place + '\nRESULT '.length))
}

function run(program: string, options: readonly string[], home: string): Promise<string> {
  const { PATH, SystemRoot, TEMP } = process.env
  const env = { PATH, SystemRoot, TEMP, HOME: home, PYTHONPATH: import.meta.dirname, ...QUIET }
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let complained = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complained += text
    })
    child.once('error', reject)
    child.once('close', (status) => {
      if (status === 0) resolve(said)
      else reject(new Error(`${program} ended with ${status}: ${complained.slice(-3000)}`))
    })
  })
}
