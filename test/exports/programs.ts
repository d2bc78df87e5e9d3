import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Where `scripts/install-export-engines.mjs` puts them. */
const installed = join(root, '.cache', 'exports')
const python = join(installed, 'python', 'bin', 'python')

/** Why what is installed below that name is absent, as the end of a title; empty when it is there. */
export function lacking(name: 'python' | 'opensearch'): string {
  const there = existsSync(join(installed, name, 'stamp'))
  return there ? '' : ' (skipped: run npm run test:exports, which installs the engines of docs/exports.md)'
}

/** Python of the page by its heading; that before the first heading, which others import, is `exported`. */
export function programsOf(page: 'exports.md' | 'exports.zh-CN.md'): ReadonlyMap<string, string> {
  const parts = readFileSync(join(root, 'docs', page), 'utf8').split(/^## /m)
  const programs = parts.flatMap((part, index): [string, string][] => {
    const code = /^```python\n(.*?)^```$/ms.exec(part)?.[1]
    return code === undefined ? [] : [[index === 0 ? 'exported' : part.slice(0, part.indexOf('\n')), code]]
  })
  return new Map(programs)
}

/** Runs a file in a folder with the Python that has the clients; what it printed. */
export function runPython(file: string, folder: string): Promise<string> {
  return runProgram(python, [file], folder)
}

/** Starts a Python program that stays and prints `READY …` when it can be asked; what stands behind READY. */
export function startPython(file: string, folder: string): Promise<Started> {
  return start(python, [file], folder)
}

/** Starts OpenSearch with its data below a folder; `READY host:port`. */
export function startOpenSearch(folder: string): Promise<Started> {
  const place = join(installed, 'opensearch')
  const classes = [join(place, 'lib', '*'), join(place, 'knn', '*')].join(
    process.platform === 'win32' ? ';' : ':',
  )
  const program = join(import.meta.dirname, 'opensearch', 'OpenSearchNode.java')
  return start('java', ['-Xmx512m', '-cp', classes, program, folder], folder)
}

/** A program that was started: what it printed behind READY, and how to end it. */
export interface Started {
  readonly address: string
  stop(): void
}

/** Runs a program to its end; what it printed, or an error with the end of what it complained. */
export function runProgram(program: string, options: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, { cwd, env: { ...process.env, PYTHONIOENCODING: 'utf-8' } })
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
      else reject(new Error(`${program} ${options[0]} ended with ${status}: ${complained.slice(-3000)}`))
    })
  })
}

function start(program: string, options: readonly string[], cwd: string): Promise<Started> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    let complained = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text
      const address = /READY (\S+)/.exec(said)?.[1]
      if (address) resolve({ address, stop: () => child.kill('SIGKILL') })
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complained += text
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`${program} ended: ${complained.slice(-3000)}`)))
  })
}
