/** The test of the image, with what it needs; other runs of the tests leave it out, since it takes two minutes. */
import './require-node.cjs'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const programs = [[join(root, 'scripts', 'install-image-tools.mjs')], [vitest, 'run', 'test/image']]
for (const program of programs) {
  const env = { ...process.env, IMAGE_TEST: '1' }
  const { status } = spawnSync(process.execPath, program, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
