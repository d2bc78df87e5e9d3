/**
 * How much a text's vector depends on its neighbours in an int8 batch, and what it costs to forbid that:
 * `node scripts/run.mjs scripts/bench/neighbours.ts [--texts 400] [--budget 512] [--model <exported encoder>]`.
 * Dynamic int8 takes one scale for all activations of a run, so a neighbour with larger ones makes the steps of all
 * coarser. Prints, for each int8 fixture and for a model of the shape of all-MiniLM-L6-v2, cosine and largest
 * difference between vectors made together and alone, and the texts per second of both: for texts of mixed length,
 * and for titles of 4 to 12 tokens, where batches gain most.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createContext } from '../../src/context.ts'
import type { EngineResult } from '../../src/models/engine.ts'
import { createLocalEngine } from '../../src/models/local.ts'
import type { Manifest } from '../../src/models/manifest.ts'
import { parseManifests } from '../../src/models/manifest-file.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { rowOf } from '../../src/vector/matrix.ts'
import { cosine } from '../../src/vector/similarity.ts'
import { buildModel, layOutModel } from './model.ts'
import { quantile } from './statistics.ts'
import { mixedTexts, textOfTokens, wordsOf } from './texts.ts'

const { values: options } = parseArgs({
  options: {
    texts: { type: 'string', default: '400' },
    budget: { type: 'string', default: '512' },
    threads: { type: 'string', default: '2' },
    tokenizer: { type: 'string', default: '../shared/data/bert.tokenizer.json' },
    model: { type: 'string' },
  },
})
const FIXTURES = 'test/fixtures/models'
const CACHE = resolve('.cache/bench')
const ROUNDS = 3

/** How far vectors made together are from those made alone. */
interface Effect {
  readonly leastCosine: number
  readonly medianCosine: number
  readonly largestDifference: number
}

function effectOf(together: EngineResult, alone: EngineResult): Effect {
  const cosines = Array.from({ length: alone.vectors.rows }, (_, row) =>
    cosine(rowOf(together.vectors, row), rowOf(alone.vectors, row)),
  )
  const largestDifference = alone.vectors.data.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - together.vectors.data[index]!)),
    0,
  )
  return { leastCosine: Math.min(...cosines), medianCosine: quantile(cosines, 0.5), largestDifference }
}

/** Embeds all inputs in turns together and alone; keeps the best rate of each, in texts per second of inference. */
async function measure(name: string, manifest: Manifest, folder: string, inputs: readonly string[]) {
  const engine = createLocalEngine({
    manifests: [manifest],
    stores: [createDirectoryStore(folder)],
    budgetBytes: 1e9,
    threads: Number(options.threads),
    tokenBudget: Number(options.budget),
  })
  const rates = { together: 0, alone: 0 }
  const run = async (mode: 'together' | 'alone') => {
    const job = { model: manifest.id, inputs, options: { deterministic: mode === 'alone' } }
    const result = await engine.embed(job, createContext())
    rates[mode] = Math.max(rates[mode], (1000 * inputs.length) / result.inferenceMs)
    return result
  }
  for (let round = 1; round < ROUNDS; round++)
    for (const mode of ['together', 'alone'] as const) await run(mode)
  const together = await run('together')
  const effect = effectOf(together, await run('alone'))
  await engine.close()
  print(name, together.tokens / inputs.length, effect, rates)
}

function print(
  name: string,
  tokens: number,
  effect: Effect,
  rates: { together: number; alone: number },
): void {
  const { leastCosine, medianCosine, largestDifference } = effect
  const columns = [
    tokens.toFixed(0).padStart(6),
    ...[leastCosine, medianCosine, largestDifference].map((value) => value.toFixed(5).padStart(9)),
    ...[rates.together, rates.alone].map((rate) => rate.toFixed(0).padStart(9)),
    `${(rates.together / rates.alone).toFixed(2)} ×`.padStart(8),
  ]
  console.log([name.padEnd(24), ...columns].join(' '))
}

const count = Number(options.texts)
console.log(`${count} texts, token budget ${options.budget}, ${options.threads} threads`)
console.log('                         tokens    cosine of vectors   largest   texts/s   texts/s     cost')
console.log('model                    a text     least    median difference  together     alone of alone')
const manifests = parseManifests(readFileSync(join(FIXTURES, 'catalog.json'), 'utf8'), 'of the fixtures')
const words = wordsOf(readFileSync(join(FIXTURES, 'bert-int8', 'tokenizer.json'), 'utf8'))
for (const manifest of manifests.filter(({ precision }) => precision === 'int8')) {
  await measure(manifest.id, manifest, FIXTURES, mixedTexts(words, count))
}
const { manifest, folder, tokenizerJson } = await layOutModel(
  options.model ?? buildModel(join(CACHE, 'exports'), options.tokenizer),
  join(CACHE, 'models'),
)
const known = wordsOf(tokenizerJson)
await measure(manifest.id, manifest, folder, mixedTexts(known, count))
const titles = Array.from({ length: count }, (_, index) => textOfTokens(known, 4 + (index % 9), index))
await measure(`${manifest.id}, titles`, manifest, folder, titles)
