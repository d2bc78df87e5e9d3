import { describe, expect, it } from 'vitest'
import { createContext } from '../../../src/context.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { createDirectoryStore } from '../../../src/storage/directory.ts'
import {
  type BrokenGraph,
  brokenGraph,
  brokenJudge,
  dropFirst,
  SLICES,
  UNFORESEEN,
  WIDTH,
} from '../../support/broken-graphs.ts'
import { openFixtures, vectorsOf } from '../../support/fixtures.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { writeModel } from '../../support/tiny-encoder.ts'
import { TINY_TOKENIZER } from '../../support/tiny-model.ts'

const context = createContext()
/** What a graph says of axes that are known only when it runs. */
const OPEN = ['batch', 'sequence', 'columns']

function openGraph(graph: Uint8Array, fields: Partial<Manifest> = {}) {
  const folder = temporaryFolder('broken')
  const files = { graph, tokenizer: JSON.parse(TINY_TOKENIZER) }
  const manifest = writeModel(folder, 'broken', files, { dimensions: WIDTH, maxTokens: 64, ...fields })
  return openFixtures({ manifests: [manifest], stores: [createDirectoryStore(folder)], tokenBudget: 64 })
}

const embed = (graph: BrokenGraph, inputs: readonly string[], fields: Partial<Manifest> = {}) =>
  vectorsOf(openGraph(brokenGraph(graph), fields), 'broken', inputs)

describe('vectors with NaN or an infinity', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'of %f are refused by model, output and input, however they are pooled',
    async (value) => {
      const inputs = ['cook', 'baker nurse', 'cook cook', 'nurse']
      for (const fields of [{}, { normalize: false }, { pooling: 'last-token' }] as const) {
        await expect(embed({ values: { nurse: value } }, inputs, fields)).rejects.toMatchObject({
          code: 'inference_failed',
          message: expect.stringMatching(
            /^Model broken gave NaN or an infinity in its output last_hidden_state for 2 of 4 \(input\[1\], input\[3\]\); expected finite numbers;/,
          ),
          details: { model: 'broken', output: 'last_hidden_state', inputs: ['input[1]', 'input[3]'] },
        })
      }
    },
  )

  it('are refused where the sum over tokens leaves the range of float32', async () => {
    await expect(embed({ values: { nurse: 3e38 } }, ['nurse nurse nurse'])).rejects.toThrow(
      /gave NaN or an infinity/,
    )
    expect(await embed({ values: { nurse: 3e38 } }, ['nurse'])).toHaveLength(1)
  })

  it('do no harm where no vector is made of them', async () => {
    const [vector] = await embed({ values: { nurse: Number.NaN } }, ['baker nurse'], { pooling: 'cls' })
    expect(Math.hypot(...vector!)).toBeCloseTo(1, 6)
  })
})

describe('a graph of another width than its manifest', () => {
  it.each([
    ['wider', 4, []],
    ['wider, of a model that may be cut', 4, [2]],
    ['narrower', 16, []],
    ['narrower, of a model that may be cut', 16, [8, 4]],
  ])('is refused when it is loaded: %s', async (_, dimensions, matryoshka) => {
    const engine = openGraph(brokenGraph({}), { dimensions, matryoshka })
    await expect(engine.preload(['broken'], context)).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: `The graph of model broken gives vectors of 8 columns in its output last_hidden_state; expected the manifest's ${dimensions}; correct "dimensions" in the catalog, or the graph.`,
    })
  })

  it.each([4, 16])(
    'that tells only when it runs is refused by its first run: 8 for %i',
    async (dimensions) => {
      await expect(embed({ ...UNFORESEEN, shape: OPEN }, ['cook'], { dimensions })).rejects.toMatchObject({
        code: 'inference_failed',
        message: `Model broken answered float32 [1, 1, 8] in its output last_hidden_state; expected float32 [1, 1, ${dimensions}]; correct "dimensions" in the catalog, or the graph.`,
      })
    },
  )

  it('may be wider where the manifest says that the model was trained to be cut to its dimensions', async () => {
    const [vector] = await embed({}, ['cook'], { dimensions: 4, matryoshka: [4] })
    expect(vector).toHaveLength(4)
    for (const graph of [{}, { ...UNFORESEEN, shape: OPEN }]) {
      await expect(embed(graph, ['cook'], { dimensions: 16, matryoshka: [16] })).rejects.toThrow(/8/)
    }
  })
})

describe('a graph of another shape than it was asked for', () => {
  const flat = [
    {
      operator: 'ReduceMean',
      inputs: ['vectors'],
      outputs: ['last_hidden_state'],
      attributes: { axes: [1], keepdims: 0 },
    },
  ]
  const deep = [{ operator: 'Unsqueeze', inputs: ['vectors', 'axis0'], outputs: ['last_hidden_state'] }]

  it.each([
    ['fewer tokens', [dropFirst(1)], /answered float32 \[2, 1, 8\] .*; expected float32 \[2, 2, 8\]/],
    ['fewer rows', [dropFirst(0)], /answered float32 \[1, 2, 8\] .*; expected float32 \[2, 2, 8\]/],
    ['one vector a text', flat, /answered float32 \[2, 8\] .*; expected float32 \[2, 2, 8\]/],
    ['an axis more', deep, /answered float32 \[1, 2, 2, 8\] .*; expected float32 \[2, 2, 8\]/],
  ])('is refused by its run: %s', async (_, last, message) => {
    const shape = last === flat ? ['batch', 'columns'] : last === deep ? ['one', ...OPEN] : OPEN
    const failure = embed({ last, constants: SLICES, shape }, ['cook nurse', 'baker'])
    await expect(failure).rejects.toThrow(
      last === flat || last === deep ? /expected \[batch, sequence, 8\]/ : message,
    )
  })

  it('is refused when it is loaded where it says so', async () => {
    const engine = openGraph(brokenGraph({ last: flat, shape: ['batch', WIDTH] }))
    await expect(engine.preload(['broken'], context)).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringContaining('expected [batch, sequence, 8], a vector for each token'),
    })
  })
})

describe('scores of a reranker', () => {
  const judge = (graph: Uint8Array, texts: readonly string[], fields: Partial<Manifest> = {}) =>
    openGraph(graph, { task: 'rerank', dimensions: 1, ...fields }).score(
      { model: 'broken', query: 'cook', texts, options: {} },
      context,
    )

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('are refused where one is %f', async (value) => {
    await expect(judge(brokenJudge({ nurse: value }), ['baker', 'nurse'])).rejects.toMatchObject({
      code: 'inference_failed',
      message: expect.stringMatching(/in its output logits for 1 of 2 \(texts\[1\]\)/),
    })
  })

  it('are refused unless there is one a pair', async () => {
    await expect(judge(brokenJudge({}, { drop: true }), ['baker', 'nurse'])).rejects.toThrow(
      /answered float32 \[1, 1\] in its output logits; expected float32 \[2, 1\]/,
    )
    await expect(judge(brokenJudge({}, { labels: 2 }), ['baker'])).rejects.toThrow(
      /gives float32 \[batch, 2\] in its output logits; expected float32 \[batch, 1\]/,
    )
  })

  it('are one a pair, which the manifest must say', async () => {
    await expect(judge(brokenJudge({}), ['baker'], { dimensions: 384 })).rejects.toThrow(
      'The manifest of reranker broken says 384 dimensions; expected 1, the one score of a pair;',
    )
    expect([...(await judge(brokenJudge({ '[PAD]': 0 }), ['baker', 'nurse cook'])).scores]).toEqual([2, 3])
  })
})
