import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { buildFlatUnigram } from '../../src/models/unigram-build.ts'
import { compareCold } from './cold-rounds.ts'

/** Loading a Unigram tokenizer with the library, and from its flat form: `--tokenizer <path> --rounds 9`. */
const { values } = parseArgs({
  options: {
    tokenizer: { type: 'string', default: '../shared/data/xlm-r.tokenizer.json.gz' },
    rounds: { type: 'string', default: '9' },
  },
})

async function main(folder: string): Promise<void> {
  const bytes = readFileSync(values.tokenizer)
  const json = values.tokenizer.endsWith('.gz') ? gunzipSync(bytes) : bytes
  const source = createHash('sha256').update(json).digest('hex')
  const start = performance.now()
  const built = buildFlatUnigram(json)
  if ('refused' in built) throw new Error(`It has no flat form: ${built.refused}.`)
  console.log(`Built ${built.bytes.length} bytes in ${(performance.now() - start).toFixed(0)} ms.\n`)
  const [plain, flat] = [join(folder, 'tokenizer.json'), join(folder, 'tokenizer.flat')]
  writeFileSync(plain, json)
  writeFileSync(flat, built.bytes)
  const jobs = {
    library: { part: 'tokenizer', path: plain },
    flat: { part: 'flat tokenizer', path: flat, source },
  } as const
  console.log(await compareCold(jobs, Number(values.rounds)))
}

const folder = mkdtempSync(join(tmpdir(), 'tokenizer-load-'))
await main(folder).finally(() => rmSync(folder, { recursive: true }))
