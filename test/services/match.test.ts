import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { createCatalog } from '../../src/models/catalog.ts'
import { createEmbedService } from '../../src/services/embed.ts'
import type { MatchDocument } from '../../src/services/match/document.ts'
import type { MatchRequest } from '../../src/services/match/plan.ts'
import { createMatchService } from '../../src/services/match.ts'
import { createRerankService } from '../../src/services/rerank.ts'
import { manifestOf } from '../support/manifests.ts'
import { createWordEngine } from '../support/word-engine.ts'

const manifests = [
  manifestOf({ id: 'small', dimensions: 64, calibration: { midpoint: 0.4, slope: 10 } }),
  manifestOf({ id: 'large', dimensions: 96, calibration: { midpoint: 0.3, slope: 8 } }),
  manifestOf({ id: 'plain', dimensions: 64 }),
  manifestOf({ id: 'cross', task: 'rerank', dimensions: 1 }),
]

function createService() {
  const engine = createWordEngine()
  const catalog = createCatalog(manifests)
  const embed = createEmbedService({ catalog, engine, defaultModel: 'small' })
  const rerank = createRerankService({ catalog, engine, embed, defaultModel: 'small' })
  const service = createMatchService({ catalog, embed, rerank })
  const run = (request: Partial<MatchRequest> & Pick<MatchRequest, 'queries' | 'candidates'>) =>
    service.run(
      service.plan({ models: [{ model: 'small', weight: 1 }], fusion: 'weighted', ...request }),
      createContext(),
    )
  return { engine, run }
}

const documents = (texts: readonly string[]): MatchDocument[] =>
  texts.map((text, index) => ({ id: text, index, fields: { text } }))
const structured = (...list: MatchDocument['fields'][]): MatchDocument[] =>
  list.map((fields, index) => ({ id: String(index), index, fields }))

const both = [
  { model: 'small', weight: 2 },
  { model: 'large', weight: 1 },
]

test('ranks by likeness, with the score of each model and its band', async () => {
  const candidates = documents(['pastry baker', 'intensive care nurse', 'care nurse'])
  const { matches } = await createService().run({
    queries: documents(['care nurse']),
    candidates,
    models: both,
  })
  const [first] = matches[0]!.results
  expect(matches[0]!.results.map(({ id }) => id)).toEqual([
    'care nurse',
    'intensive care nurse',
    'pastry baker',
  ])
  expect(first).toMatchObject({ id: 'care nurse', index: 2, band: 'very high' })
  expect(first!.models.small).toBeCloseTo(1, 6)
  expect(first!.score).toBe(first!.chance)
})

test('a single model keeps its raw cosine as the score', async () => {
  const { matches } = await createService().run({
    queries: documents(['nurse']),
    candidates: documents(['nurse']),
  })
  expect(matches[0]!.results[0]!.score).toBeCloseTo(1, 6)
  expect(matches[0]!.results[0]!.chance).toBeCloseTo(1 / (1 + Math.exp(-6)), 6)
})

test('invents no band for a model without a calibration, and warns when weighting its cosines', async () => {
  const models = [...both, { model: 'plain', weight: 1 }]
  const { matches, warnings } = await createService().run({
    queries: documents(['nurse']),
    candidates: documents(['nurse']),
    models,
  })
  expect(matches[0]!.results[0]).not.toHaveProperty('band')
  expect(warnings).toEqual([expect.stringContaining('no calibration for plain')])
})

test('embeds each different text once a model, in one call a side', async () => {
  const { engine, run } = createService()
  await run({
    queries: documents(['a', 'b']),
    candidates: structured({ text: 'x' }, { text: 'y' }, { text: 'x' }),
  })
  expect(engine.jobs.map(({ inputs, options }) => [options.role, inputs])).toEqual([
    ['query', ['a', 'b']],
    ['document', ['x', 'y']],
  ])
})

test('gives sub-scores by section: null where the candidate is silent, no weight where the query is', async () => {
  const queries = structured({ title: 'nurse', skills: ['care'] })
  const candidates = structured({ title: 'nurse', skills: ['care'] }, { title: 'nurse' })
  const weights = { title: 1, skills: 3, summary: 9 }
  const { matches } = await createService().run({ queries, candidates, weights })
  const [full, half] = matches[0]!.results
  expect(full!.sections).toEqual({ title: expect.closeTo(1, 6), skills: expect.closeTo(1, 6), summary: null })
  expect(full!.score).toBeCloseTo(1, 6)
  expect(half!.sections).toMatchObject({ skills: null })
  expect(half!.score).toBeCloseTo(0.25, 6)
})

test('compares vectors made before with embedded text', async () => {
  const { engine, run } = createService()
  const { vectors } = await engine.embed(
    { model: 'small', inputs: ['nurse'], options: { dimensions: 64 } },
    createContext(),
  )
  const doubled = vectors.data.map((value) => 2 * value)
  const candidates = [...documents(['baker']), { id: 'v', index: 1, fields: {}, vector: doubled }]
  const { matches } = await run({ queries: documents(['nurse']), candidates })
  expect(matches[0]!.results[0]).toMatchObject({ id: 'v', score: expect.closeTo(1, 6) })
})

test('cuts at the threshold and at top k', async () => {
  const candidates = documents(['care nurse', 'nurse', 'baker', 'cook'])
  const ids = async (parts: Partial<MatchRequest>) =>
    (await createService().run({ queries: documents(['nurse']), candidates, ...parts })).matches[0]!.results
      .length
  expect(await ids({ topK: 3 })).toBe(3)
  expect(await ids({ threshold: 0.5 })).toBe(2)
})

test('reranks the best alone', async () => {
  const candidates = documents(['nurse care', 'nurse', 'baker'])
  const rerank = { model: 'large', top: 2 }
  const { matches } = await createService().run({ queries: documents(['nurse']), candidates, rerank })
  expect(matches[0]!.results.map(({ id }) => id)).toEqual(['nurse', 'nurse care'])
  expect(matches[0]!.results[0]!.rerank).toBeGreaterThan(matches[0]!.results[1]!.rerank!)
})

test('reranks with a cross-encoder, through the sigmoid and without neighbours when asked', async () => {
  const candidates = documents(['nurse', 'night care nurse', 'baker'])
  const rerank = { model: 'cross', top: 2 }
  const { engine, run } = createService()
  const queries = documents(['night nurse'])
  const { matches } = await run({ queries, candidates, rerank, deterministic: true })
  expect(matches[0]!.results.map(({ id, rerank }) => [id, rerank])).toEqual([
    ['night care nurse', expect.closeTo(1 / (1 + Math.exp(-0.5)), 6)],
    ['nurse', expect.closeTo(1 / (1 + Math.exp(-0.5)), 6)],
  ])
  expect(engine.scoreJobs).toMatchObject([{ model: 'cross', options: { deterministic: true } }])
  expect(engine.jobs.every(({ options }) => options.deterministic)).toBe(true)
})

test('goes on without a stage that fails, and says so', async () => {
  const { engine, run } = createService()
  const { embed } = engine
  engine.embed = (job, context) =>
    job.model === 'large' ? Promise.reject(new Error('broken')) : embed(job, context)
  const { matches, warnings } = await run({
    queries: documents(['nurse']),
    candidates: documents(['nurse', 'baker']),
    rerank: { model: 'large', top: 2 },
  })
  expect(matches[0]!.results).toHaveLength(2)
  expect(warnings).toEqual([expect.stringMatching(/^The stage rerank was left out/)])
})

describe('explanations', () => {
  test('point at the sentences that agree', async () => {
    const query = structured({ summary: 'We bake bread. We need a night nurse.' })
    const candidates = structured({ summary: '我是护士。Night nurse for years! I like bread.' })
    const { matches } = await createService().run({ queries: query, candidates, explain: true })
    const [best] = matches[0]!.results[0]!.explanation!.evidence
    expect(best).toMatchObject({
      query: { path: 'summary', text: 'We need a night nurse.', start: 15, end: 37 },
      candidate: { path: 'summary', text: 'Night nurse for years!', start: 5, end: 27 },
    })
  })

  test('tell matched skills from missing ones', async () => {
    const queries = structured({ skills: ['SQL', 'C++', 'care'] })
    const candidates = structured({ skills: ['Sql', 'cooking', 'Care'] })
    const { matches } = await createService().run({ queries, candidates, explain: true })
    expect(matches[0]!.results[0]!.explanation!.skills).toEqual({
      matched: [
        { query: 'SQL', candidate: 'Sql', score: expect.closeTo(1, 6) },
        { query: 'care', candidate: 'Care', score: expect.closeTo(1, 6) },
      ],
      missing: ['C++'],
    })
  })

  test('point at the right characters after redaction, of Chinese, emoji and marks alike', async () => {
    const word = fc.constantFrom('护士', '夜班', '👩‍⚕️', 'cafe\u0301', 'nurse', 'a@b.org', '. ', '。', '\n')
    const texts = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => `nurse ${words.join(' ')}`)
    await fc.assert(
      fc.asyncProperty(texts, texts, async (asked, offered) => {
        const { matches } = await createService().run({
          queries: structured({ text: asked }),
          candidates: structured({ text: offered }),
          explain: true,
          redact: [],
        })
        for (const { query, candidate } of matches[0]!.results[0]!.explanation!.evidence) {
          expect(asked.slice(query.start, query.end).replaceAll('a@b.org', ' '.repeat(7))).toBe(query.text)
          expect(offered.slice(candidate.start, candidate.end).replaceAll('a@b.org', ' '.repeat(7))).toBe(
            candidate.text,
          )
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('promises', () => {
  const words = fc.constantFrom('nurse', 'care', 'night', 'baker', 'bread', '护', '士', 'java', 'sql')
  const text = fc.array(words, { minLength: 1, maxLength: 4 }).map((list) => list.join(' '))
  const candidateTexts = fc.uniqueArray(text, { minLength: 2, maxLength: 8 })
  const scoresOf = async (query: string, texts: readonly string[]) => {
    const { matches } = await createService().run({
      queries: documents([query]),
      candidates: documents(texts),
      models: both,
    })
    return new Map(matches[0]!.results.map(({ id, score }) => [id, score]))
  }

  test('a score does not depend on the order of the candidates', async () => {
    await fc.assert(
      fc.asyncProperty(text, candidateTexts, async (query, texts) => {
        const [forwards, backwards] = [
          await scoresOf(query, texts),
          await scoresOf(query, [...texts].reverse()),
        ]
        for (const [id, score] of forwards) expect(backwards.get(id)).toBe(score)
      }),
      { numRuns: 30 },
    )
  })

  test('removing a candidate does not reorder the rest', async () => {
    await fc.assert(
      fc.asyncProperty(text, candidateTexts, async (query, [removed, ...rest]) => {
        const all = [...(await scoresOf(query, [removed!, ...rest])).keys()].filter((id) => id !== removed)
        expect([...(await scoresOf(query, rest)).keys()]).toEqual(all)
      }),
      { numRuns: 30 },
    )
  })

  test('many queries at once are as many single ones', async () => {
    await fc.assert(
      fc.asyncProperty(candidateTexts, candidateTexts, async (queries, texts) => {
        const { run } = createService()
        const together = await run({
          queries: documents(queries),
          candidates: documents(texts),
          models: both,
        })
        for (const [index, query] of queries.entries()) {
          const alone = await run({ queries: documents([query]), candidates: documents(texts), models: both })
          expect(together.matches[index]).toEqual(alone.matches[0])
        }
      }),
      { numRuns: 20 },
    )
  })
})
