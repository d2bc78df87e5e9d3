/** The whole check, as one program: types, lint and format, then all tests with coverage. */
import './require-node.cjs'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

/** The proof of batch jobs takes a minute here, and may take five; `npm run test:batch` is the long one. */
const env = { TRANSFERS: '8', BATCH_OBJECTS: '8', BATCH_ROWS: '300', BATCH_MS: '300000', ...process.env }

/** Runs a package's own program with this Node; ends the check when it fails. */
function step(name, packageName, binary, args) {
  console.log(`\n— ${name}`)
  const manifestPath = require.resolve(`${packageName}/package.json`)
  const { bin } = require(manifestPath)
  const program = join(dirname(manifestPath), typeof bin === 'string' ? bin : bin[binary])
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const selected = process.argv.slice(2)
step('types', 'typescript', 'tsc', [])
step('types of the page', 'typescript', 'tsc', ['-p', 'src/page/view'])
step('lint and format', '@biomejs/biome', 'biome', ['check', '.'])
step('tests', 'vitest', 'vitest', ['run', ...(selected.length > 0 ? selected : ['--coverage'])])
