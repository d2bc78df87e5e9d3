/**
 * Installs what some tests need, where Debian's packages and npm's can be had: an S3 server (Ceph's gateway), and the
 * runtime client of Lambda, which is compiled; and from PyPI an SQS server (moto), into `.cache/moto`. Does nothing when they
 * are there. Ends with an error when they cannot be installed; without PyPI it says so, and the tests that need it are skipped.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAMS = {
  radosgw: 'radosgw',
  'ceph-mon': 'ceph-mon',
  'ceph-mgr': 'ceph-mgr',
  'ceph-osd': 'ceph-osd',
  ceph: 'ceph-common',
}
const COMPILERS = { cmake: 'cmake', make: 'make', 'g++': 'g++', python3: 'python3', xz: 'xz-utils' }

const tests = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test')
/** As scripts/servers/sqs-server.ts looks for it. */
const MOTO = 'moto[server,sqs]==5.2.1'
const moto = join(dirname(tests), '.cache', 'moto')
const motoPython = join(moto, 'bin', 'python')
const client = join(tests, 'node_modules', 'aws-lambda-ric', 'rapid-client.node')

installPackages({ ...PROGRAMS, ...(existsSync(client) ? {} : COMPILERS) })
if (!existsSync(client)) installClient()
if (!hasMoto('python3') && !hasMoto(motoPython)) installMoto()

/** Debian's packages for the programs that are not there. */
function installPackages(programs) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const missing = Object.entries(programs).filter(
    ([program]) => !folders.some((folder) => existsSync(join(folder, program))),
  )
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  console.log(`Installing ${packages.join(', ')} for the tests`)
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run([...asRoot, 'apt-get', 'update', '-q'], { env })
  run([...asRoot, 'apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages], { env })
}

function hasMoto(python) {
  return spawnSync(python, ['-c', 'import flask, moto.server'], { stdio: 'ignore' }).status === 0
}

/** Debian has no package of it. */
function installMoto() {
  console.log(`Installing ${MOTO} for the tests of the queue worker`)
  const steps = [
    ['python3', '-m', 'venv', moto],
    [motoPython, '-m', 'pip', 'install', '-q', MOTO],
  ]
  const failed = steps.find(
    ([program, ...options]) =>
      spawnSync(program, options, { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0,
  )
  if (failed) console.warn(`"${failed.join(' ')}" failed: the proof of the queue worker will be skipped.`)
}

/** The headers of Node lie beside it, so that nothing is fetched to compile. */
function installClient() {
  console.log('Compiling the runtime client of Lambda for the tests')
  const node = dirname(dirname(process.execPath))
  const env = { ...process.env }
  if (existsSync(join(node, 'include', 'node'))) env.npm_config_nodedir = node
  run(['npm', 'ci', '--loglevel=error', '--foreground-scripts=false'], { cwd: tests, env })
  if (existsSync(client)) return
  // Some versions of npm run the scripts of packages only when they are told to.
  run(['npm', 'rebuild', 'aws-lambda-ric', '--loglevel=error'], { cwd: tests, env })
  if (!existsSync(client)) fail('npm rebuild aws-lambda-ric', undefined)
}

function run([program, ...options], settings) {
  const { status, error } = spawnSync(program, options, {
    stdio: ['ignore', 'ignore', 'inherit'],
    ...settings,
  })
  if (status !== 0) fail([program, ...options].join(' '), error)
}

function fail(command, error) {
  console.error(`"${command}" failed${error ? `: ${error.message}` : ''}; do it by hand for the tests.`)
  process.exit(1)
}
