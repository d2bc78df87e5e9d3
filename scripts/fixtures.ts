/**
 * `npm run fixtures [-- folder]` (`node scripts/run.mjs scripts/fixtures.ts`): writes the models that tests run. Small encoders of every
 * family of the catalog, with random weights and real tokenizers; the same bytes each time.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildFixtures } from './fixtures/fixtures.ts'

const folder = process.argv[2] ?? 'test/fixtures/models'
const fixtures = buildFixtures()
let total = 0
for (const { manifest, files } of fixtures) {
  for (const [path, bytes] of Object.entries(files)) {
    const target = join(folder, manifest.id, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
    total += bytes.length
  }
}
const manifests = fixtures.map(({ manifest }) => manifest)
writeFileSync(join(folder, 'catalog.json'), `${JSON.stringify(manifests, null, 2)}\n`)
console.log(`${manifests.length} models, ${total} bytes, in ${folder}`)
