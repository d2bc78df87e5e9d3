/**
 * `npm start`: runs dist/server.js, and builds it before where it can be built (esbuild is there) and has to be (it is
 * absent, or older than what it is made of). So a checkout runs what it says, and a package or a container that has
 * dist/ needs no tool: `npm ci --omit=dev && npm start`.
 */
// Before anything else, so that an old Node gets one sentence.
import './require-node.cjs'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** npm's shell, where npm has started this. */
const parent = process.ppid

const HELP = `Starts the server, and builds it before where its sources are newer.

Usage:
  npm start
  PORT=8080 DEFAULT_MODEL=balanced npm start

Settings are variables of the environment: PORT (3000), HOST (127.0.0.1), DEFAULT_MODEL, MODEL_SOURCES, AUTH_TOKEN,
COLLECTIONS and more; docs/settings.md has all of them. Ctrl-C or SIGTERM ends it when the requests that it works on
are answered.`
if (process.argv.slice(2).includes('--help')) {
  console.log(HELP)
  process.exit(0)
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const server = join(root, 'dist', 'server.js')

/** What a build reads. */
const SOURCES = [
  'src',
  'functions',
  'scripts',
  'package.json',
  'models.lock.json',
  join('layers', 'models', 'derived.json'),
]

/** Whether esbuild is installed: it is a tool for development. */
function canBuild() {
  try {
    createRequire(import.meta.url).resolve('esbuild')
    return true
  } catch {
    return false
  }
}

/** When the newest file at or below a path was changed, in milliseconds; 0 where there is none. */
function changedAt(path) {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return 0
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => changedAt(join(path, name))))
}

const isBuilt = existsSync(server)
// A package has no sources: then nothing can be newer.
const isOld = isBuilt && existsSync(join(root, 'src')) && newestSource() > statSync(server).mtimeMs

function newestSource() {
  return Math.max(...SOURCES.map((path) => changedAt(join(root, path))))
}

if (!isBuilt && !canBuild()) {
  console.error(
    'There is no dist/server.js, and esbuild, which would build it, is not installed; run "npm ci" (without --omit=dev) here, or copy dist/ from where "npm run build" was run.',
  )
  process.exit(1)
}
if (isOld && !canBuild()) {
  console.error('dist/ is older than its sources, and esbuild is not installed: it is run as it is.')
} else if (!isBuilt || isOld) {
  const build = [join(root, 'scripts', 'run.mjs'), join(root, 'scripts', 'build.ts')]
  const { status } = spawnSync(process.execPath, build, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
// npm hands a SIGTERM to its shell, which ends and does not hand it on: the server would stay, and keep its port.
if (process.env.npm_lifecycle_event === 'start' && process.platform !== 'win32') {
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  watch.unref()
}
// In this process, so that signals reach the server.
await import(pathToFileURL(server).href)
