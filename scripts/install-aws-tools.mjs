/**
 * Installs what `npm run test:aws` runs a packaged template with into `.cache/aws`: moto with its interpreter of state
 * machines, cfn-lint and checkov, from PyPI. checkov holds boto3 at a version from before S3 Vectors, so that moto is in
 * `.cache/aws-vectors` a second time, with a newer one. Does nothing when they are there, and says so and ends well where
 * they are not to be had: the tests are skipped then.
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
const ENVIRONMENTS = [
  ['aws', 'requirements.txt', 'moto, cfn-lint and checkov for the test of the template, some 500 MB'],
  ['aws-vectors', 'vectors-requirements.txt', 'moto for the test of S3 Vectors, some 250 MB'],
]

for (const [name, file, what] of ENVIRONMENTS) {
  const requirements = join(root, 'test', 'aws', file)
  const folder = join(root, '.cache', name)
  const stampFile = join(folder, 'stamp')
  const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) continue
  install({ requirements, folder, stampFile, stamp, what })
}

function install({ requirements, folder, stampFile, stamp, what }) {
  const skip = (reason) => {
    rmSync(folder, { recursive: true, force: true })
    console.warn(`SKIPPED: there is no ${what}, and the test is skipped: ${reason}.`)
  }
  const found = findPython(PYTHONS)
  if (!found) return skip(`no Python of ${PYTHONS.join(', ')} with the module venv`)
  console.log(`Installing ${what}`)
  rmSync(folder, { recursive: true, force: true })
  if (!run(found, ['-m', 'venv', folder])) return skip('python -m venv failed')
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]
  if (!run(join(folder, 'bin', 'python'), pip)) return skip('PyPI cannot be reached')
  writeFileSync(stampFile, stamp)
}
