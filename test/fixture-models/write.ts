import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runNpmTool } from '../../scripts/console/run-tool.ts'
import { readArguments } from '../../scripts/console/tool-arguments.ts'
import { buildFixtures } from './fixtures.ts'

const SHAPE = {
  name: 'fixtures',
  summary:
    'Writes the models that tests run: small encoders of every family of the catalog, with random weights and real tokenizers, the same bytes each time.',
  usage: ['[folder]'],
  options: {},
  examples: ['', '/tmp/fixtures'],
  notes: ['Into test/fixtures/models unless another folder is given.'],
} as const

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

await runNpmTool({
  shape: SHAPE,
  async run(args) {
    writeFixtures(readArguments(SHAPE, args).positionals[0] ?? 'test/fixtures/models')
    return 0
  },
})
