import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildFixtures } from './fixtures/fixtures.ts'

/** Usage, printed for --help. */
const USAGE = `npm run fixtures -- [folder]
  writes the models that tests run: small encoders of every family of the catalog, with random weights and real
  tokenizers, the same bytes each time; into test/fixtures/models unless another folder is given`

function writeFixtures(folder: string): void {
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
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', default: false } },
})
if (values.help) console.log(USAGE)
else writeFixtures(positionals[0] ?? 'test/fixtures/models')
