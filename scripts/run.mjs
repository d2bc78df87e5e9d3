/**
 * Runs a TypeScript program: `node scripts/run.mjs scripts/evaluate.ts --flag`. Bundles it with esbuild (about
 * 30 ms) and leaves packages to Node, so that every script works on Node 20 and newer without another tool. An error
 * ends it with 1 and its message; with its stack, too, when DEBUG is set.
 */
// Before anything else, so that an old Node gets one sentence.
import './require-node.cjs'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [entry, ...rest] = process.argv.slice(2)
if (!entry) {
  console.error('Usage: node scripts/run.mjs <program.ts> [argument …]')
  process.exit(2)
}
// From the first moment on; a tool that ends in its own way has listeners of its own.
process.on('SIGINT', () => {
  if (process.listenerCount('SIGINT') > 1) return
  console.error(`Stopped by Ctrl-C: ${basename(entry, '.ts')} was not through.`)
  process.exit(130)
})
/** What pulls and builds found out, as the doors have it. */
const recordAt = (path) => {
  const place = join(root, ...path.split('/'))
  return existsSync(place) ? readFileSync(place, 'utf8') : '{}'
}
const folder = join(root, 'dist', 'run')
mkdirSync(folder, { recursive: true })
const outfile = join(folder, `${basename(entry, '.ts')}.${process.pid}.mjs`)
await build({
  entryPoints: [resolve(entry)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: { DERIVED_FILES: recordAt('layers/models/derived.json'), MODEL_PINS: recordAt('models.lock.json') },
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
})
process.once('exit', () => rmSync(outfile, { force: true }))
process.argv = [process.argv[0], entry, ...rest]
process.setSourceMapsEnabled(true)
try {
  await import(pathToFileURL(outfile).href)
} catch (error) {
  // A sentence for who uses the program; the stack for who looks for a mistake in it.
  console.error(process.env.DEBUG || !(error instanceof Error) ? error : error.message)
  process.exit(1)
}
