/**
 * Installs what `npm run test:exports` runs the recipes of docs/exports.md with into `.cache/exports`: clients and local
 * engines of PyPI, and, where Maven and Java are there, OpenSearch with its k-NN plugin (50 MB). Does nothing when they are
 * there, and says so and ends well where they are not to be had: the tests of what is missing are skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython, run } from './python.mjs'

const PYTHONS = ['3.11', '3.12', '3.13']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lists = join(root, 'test', 'exports')
const folder = join(root, '.cache', 'exports')

ensure('python', join(lists, 'requirements.txt'), installPython)
ensure('opensearch', join(lists, 'opensearch', 'pom.xml'), installOpenSearch)

/** Runs `install`, which gives the reason why it could not, unless its result for this list is there. */
function ensure(name, list, install) {
  const place = join(folder, name)
  const stampFile = join(place, 'stamp')
  const stamp = createHash('sha256').update(readFileSync(list)).digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  const lacking = install(place, list)
  if (!lacking) return writeFileSync(stampFile, stamp)
  rmSync(place, { recursive: true, force: true })
  console.warn(`SKIPPED: ${name} for docs/exports.md is not installed, and its tests skipped: ${lacking}.`)
}

function installPython(place, list) {
  const found = findPython(PYTHONS)
  if (!found) return `no Python of ${PYTHONS.join(', ')} with the module venv`
  console.log('Installing the clients of docs/exports.md for its test, 530 MB in .cache/exports')
  if (!run(found, ['-m', 'venv', place])) return 'python -m venv failed'
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--no-compile', '--no-deps']
  if (!run(join(place, 'bin', 'python'), [...pip, '-r', list])) return 'PyPI cannot be reached'
}

function installOpenSearch(place, list) {
  const lacking = ['mvn', 'java'].filter((name) => spawnSync(name, ['-version']).status !== 0)
  if (lacking.length > 0) return `no ${lacking.join(' and no ')}`
  console.log('Installing OpenSearch for the test of docs/exports.md, 50 MB in .cache/exports')
  copyFileSync(list, join(place, 'pom.xml'))
  const copy = ['-q', '-B', '-f', join(place, 'pom.xml'), 'dependency:copy-dependencies']
  if (!run('mvn', [...copy, `-DoutputDirectory=${join(place, 'lib')}`])) return 'Maven cannot be reached'
  // A zip of jars, which Python, that the clients need anyway, unpacks.
  const zip = join(place, 'lib', 'opensearch-knn-2.19.1.0.zip')
  const python = findPython(PYTHONS)
  if (!python || !run(python, ['-m', 'zipfile', '-e', zip, join(place, 'knn')])) return 'no Python unpacks it'
}
