/**
 * Installs the clients that `docs/clients.md` shows, for their tests: Python's into a virtual environment, one of npm
 * beside it, both below `.cache/clients`. Does nothing when they are there, and says so and ends well where Python or
 * PyPI is not to be had: their tests are skipped then. Ends with an error when an installation fails half-way.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython } from './python.mjs'

/** Of one processor and an idle machine: pip takes 80 s for the 130 packages, uv 4 s, since it compiles nothing. */
const INSTALLER = 'uv==0.13.9'
const PYTHONS = ['3.11', '3.12', '3.13']
const LISTS = ['requirements.txt', 'package.json', 'package-lock.json', '.npmrc']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lists = join(root, 'test', 'clients')
const folder = join(root, '.cache', 'clients')
const own = join(folder, 'python', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
const stampFile = join(folder, 'stamp')

const hash = createHash('sha256').update(INSTALLER)
for (const name of LISTS) hash.update(readFileSync(join(lists, name)))
const stamp = hash.digest('hex')

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) install()

function install() {
  const python = findPython(PYTHONS)
  if (!python) return skip(`no Python of ${PYTHONS.join(', ')} with the module venv`)
  console.log('Installing the clients of docs/clients.md for the tests, some 800 MB in .cache/clients')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (!run(python, ['-m', 'venv', join(folder, 'python')])) return skip('python -m venv failed')
  if (!run(own, ['-m', 'pip', 'install', '-q', INSTALLER])) return skip('PyPI cannot be reached')
  const requirements = ['--no-deps', '-r', join(lists, 'requirements.txt')]
  const quick = ['-m', 'uv', 'pip', 'install', '-q', '--python', own, ...requirements]
  // uv knows nothing of pip's settings, by which a mirror may be chosen; where it fails pip does the same.
  run(own, quick, { env: { ...process.env, ...indexOfPip() } }) ||
    run(own, ['-m', 'pip', 'install', '-q', '--no-compile', ...requirements]) ||
    fail('pip install -r test/clients/requirements.txt')
  for (const name of LISTS.slice(1)) copyFileSync(join(lists, name), join(folder, name))
  run('npm', ['ci', '--loglevel=error', '--ignore-scripts'], { cwd: folder }) ||
    fail('npm ci in .cache/clients')
  writeFileSync(stampFile, stamp)
}

function indexOfPip() {
  const { status, stdout } = spawnSync(own, ['-m', 'pip', 'config', 'get', 'global.index-url'], {
    encoding: 'utf8',
  })
  const index = process.env.PIP_INDEX_URL ?? (status === 0 ? stdout.trim() : '')
  return index ? { UV_DEFAULT_INDEX: index } : {}
}

function run(program, options, settings) {
  const shell = process.platform === 'win32' && program === 'npm'
  const { status } = spawnSync(program, options, {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell,
    ...settings,
  })
  return status === 0
}

function skip(reason) {
  rmSync(folder, { recursive: true, force: true })
  console.warn(
    `SKIPPED: the clients of docs/clients.md are not installed, and their tests skipped: ${reason}.`,
  )
}

function fail(command) {
  console.error(`"${command}" failed; do it by hand, or remove .cache/clients, and try again.`)
  process.exit(1)
}
