/**
 * Scores a model of layers/models on the evaluation data, through the ordinary path from text to vectors.
 * `npm run evaluate -- --model jobs-static --data ../shared/data`
 */
import { parseArgs } from 'node:util'
import { createContext } from '../src/context.ts'
import catalog from '../src/models/catalog.json' with { type: 'json' }
import { createLocalEngine } from '../src/models/local.ts'
import type { Manifest } from '../src/models/manifest.ts'
import { createDirectoryStore } from '../src/storage/directory.ts'
import { allScores, formatScores } from './evaluate/scores.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    models: { type: 'string', default: 'layers/models' },
    model: { type: 'string', default: 'jobs-static' },
  },
})
const engine = createLocalEngine({
  manifests: catalog as Manifest[],
  stores: [createDirectoryStore(values.models)],
  budgetBytes: Number.POSITIVE_INFINITY,
  threads: 2,
  tokenBudget: 1024,
})
const context = createContext()
const scores = await allScores(
  async (inputs) => (await engine.embed({ model: values.model, inputs, options: {} }, context)).vectors,
  values.data,
)
console.log(formatScores({ [values.model]: scores }))
await engine.close()
