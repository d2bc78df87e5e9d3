/**
 * Installs Schemathesis, which `npm run test:contract` holds the server to its OpenAPI document with, into
 * `.cache/contract`. Does nothing when it is there, and says so and ends well where Python or PyPI is not to be had: the
 * test is skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython, run } from './python.mjs'

const PYTHONS = ['3.11', '3.12', '3.13']
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const requirements = join(root, 'test', 'contract', 'requirements.txt')
const folder = join(root, '.cache', 'contract')
const own = join(folder, 'python', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
const stampFile = join(folder, 'stamp')
const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex')

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) install()

function install() {
  const python = findPython(PYTHONS)
  if (!python) return skip(`no Python of ${PYTHONS.join(', ')} with the module venv`)
  console.log('Installing Schemathesis for the test of the OpenAPI document, some 60 MB in .cache/contract')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (!run(python, ['-m', 'venv', join(folder, 'python')])) return skip('python -m venv failed')
  if (
    !run(own, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--no-deps', '-r', requirements])
  )
    return skip('PyPI cannot be reached')
  writeFileSync(stampFile, stamp)
}

function skip(reason) {
  rmSync(folder, { recursive: true, force: true })
  console.warn(
    `SKIPPED: Schemathesis is not installed, and the test of the OpenAPI document skipped: ${reason}.`,
  )
}
