/**
 * Installs what `npm run test:aws` runs a packaged template with into `.cache/aws`: moto with its interpreter of state
 * machines, cfn-lint and checkov, from PyPI. Does nothing when they are there, and says so and ends well where they are not to be
 * had: the test is skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython, run } from './python.mjs'

const PYTHONS = ['3.11', '3.12', '3.13']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const requirements = join(root, 'test', 'aws', 'requirements.txt')
const folder = join(root, '.cache', 'aws')
const stampFile = join(folder, 'stamp')
const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex')

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) install()

function install() {
  const found = findPython(PYTHONS)
  if (!found) return skip(`no Python of ${PYTHONS.join(', ')} with the module venv`)
  console.log('Installing moto, cfn-lint and checkov for the test of the template, some 500 MB')
  rmSync(folder, { recursive: true, force: true })
  if (!run(found, ['-m', 'venv', folder])) return skip('python -m venv failed')
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]
  if (!run(join(folder, 'bin', 'python'), pip)) return skip('PyPI cannot be reached')
  writeFileSync(stampFile, stamp)
}

function skip(reason) {
  rmSync(folder, { recursive: true, force: true })
  console.warn(`SKIPPED: the tools for the template are not installed, and its test skipped: ${reason}.`)
}
