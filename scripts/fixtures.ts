/** `npm run fixtures`: writes the small models that tests run, the same bytes each time. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildFixtures } from './models/fixtures.ts'

const folder = join('test', 'fixtures', 'models')
let bytes = 0
for (const [path, content] of buildFixtures()) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
  bytes += content.length
}
console.log(`${folder}: ${bytes} bytes`)
