import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { createBatchService } from '../../../src/services/batch/batch.ts'
import { type EmbedInputs, embedInputs } from '../../../src/services/batch/rows/embed-rows.ts'
import { createEmbedService } from '../../../src/services/embed.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import { createBucket, readOutput, testBatchParts } from '../../support/batch-service.ts'
import { brokenGraph, WIDTH } from '../../support/broken-graphs.ts'
import { openFixtures } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { writeModel } from '../../support/tiny-encoder.ts'
import { TINY_TOKENIZER } from '../../support/tiny-model.ts'
import { createWordEngine } from '../../support/word-engine.ts'

function openBatch(dimensions = WIDTH) {
  const folder = temporaryFolder('wrong-rows')
  const files = {
    graph: brokenGraph({ values: { nurse: Number.NaN } }),
    tokenizer: JSON.parse(TINY_TOKENIZER),
  }
  const manifest = writeModel(folder, 'small', files, { dimensions })
  const engine = openFixtures({ manifests: [manifest], stores: [createDirectoryStore(folder)] })
  const catalog = createCatalog([manifest])
  const embed = createEmbedService({ catalog, engine, defaultModel: 'small' })
  return createBatchService({ ...testBatchParts(engine), catalog, embed })
}

describe('a model whose manifest has another width than its graph', () => {
  it('ends the job with a sentence, as no other try would go better', async () => {
    const { store } = createBucket({ 'input/a.jsonl': '{"text": "cook"}' })
    const outcome = await openBatch(2 * WIDTH).run({ store, key: 'input/a.jsonl' }, createContext())
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'artifact_corrupt', message: expect.stringContaining('correct "dimensions"') },
    })
  })
})

describe('rows for which the model gives NaN', () => {
  it('become error rows at the first try; their neighbours are embedded, in JSON that can be read', async () => {
    const texts = ['cook', 'nurse', 'baker', 'pilot nurse', 'engineer', '数据']
    const lines = texts.map((text, id) => JSON.stringify({ id, text }))
    const { store } = createBucket({ 'input/a.jsonl': lines.join('\n') })
    const outcome = await openBatch().run({ store, key: 'input/a.jsonl' }, createContext())
    expect(outcome).toMatchObject({ status: 'succeeded', checkpoint: { rows: 4, errors: 2 } })
    const rows = await readOutput(store, 'part')
    expect(rows.map(({ id, embedding }) => [id, (embedding as number[]).every(Number.isFinite)])).toEqual(
      [0, 2, 4, 5].map((id) => [id, true]),
    )
    expect(await readOutput(store, 'errors')).toEqual(
      [1, 3].map((index) =>
        expect.objectContaining({
          index,
          code: 'inference_failed',
          message: expect.stringMatching(
            /^Model small gave NaN or an infinity in its output last_hidden_state; expected/,
          ),
        }),
      ),
    )
  })

  it('are found though they spoil every vector of a run, as with int8 weights, in n log n steps', async () => {
    const engine = createWordEngine()
    const seen = { inputs: 0 }
    const embed: EmbedInputs = async (inputs, context) => {
      seen.inputs += inputs.length
      if (inputs.includes('bad')) {
        throw new AppError('inference_failed', 'NaN.', { details: { output: 'last_hidden_state' } })
      }
      return engine.embed({ model: 'small', inputs, options: { dimensions: 4 } }, context)
    }
    const inputs = Array.from({ length: 256 }, (_, index) => (index % 100 === 7 ? 'bad' : `text ${index}`))
    const { problems, inputTokens } = await embedInputs(
      inputs,
      { dimensions: 4, isolate: false, embed },
      createContext(),
    )
    expect([...problems.keys()].sort((a, b) => a - b)).toEqual([7, 107, 207])
    expect(inputTokens.filter((tokens) => tokens === 2)).toHaveLength(253)
    expect(seen.inputs).toBeLessThan(256 * 5)
  })

  it('are all found, however many', async () => {
    const embed: EmbedInputs = async () => {
      throw new AppError('inference_failed', 'NaN.', { details: { output: 'last_hidden_state' } })
    }
    const inputs = Array.from({ length: 200 }, () => 'bad')
    const { problems } = await embedInputs(inputs, { dimensions: 4, isolate: false, embed }, createContext())
    expect(problems.size).toBe(200)
  })
})
