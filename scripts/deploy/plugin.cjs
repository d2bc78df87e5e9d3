/**
 * The plugin of `serverless.yml`: bundles `plugin.ts` (about 30 ms) as `scripts/run.mjs` does with every script, for
 * the deploy tool reads no TypeScript on Node 20.
 */
const { mkdirSync, rmSync } = require('node:fs')
const { join } = require('node:path')
const { buildSync } = require('esbuild')

const root = join(__dirname, '..', '..')
const folder = join(root, 'dist', 'run')
const outfile = join(folder, `deploy-plugin.${process.pid}.cjs`)
mkdirSync(folder, { recursive: true })
buildSync({
  entryPoints: [join(__dirname, 'plugin.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
})
module.exports = require(outfile).DeployPlugin
rmSync(outfile)
