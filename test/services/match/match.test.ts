import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import type { MatchDocument } from '../../../src/services/match/document.ts'
import type { MatchRequest } from '../../../src/services/match/match-request.ts'
import { both, createService, documents, structured } from '../../support/match-service.ts'

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

test('reranks the best, and keeps the others below them', async () => {
  const candidates = documents(['nurse care', 'nurse', 'baker'])
  const rerank = { model: 'large', top: 2 }
  const { matches } = await createService().run({ queries: documents(['nurse']), candidates, rerank })
  expect(matches[0]!.results.map(({ id }) => id)).toEqual(['nurse', 'nurse care', 'baker'])
  expect(matches[0]!.results[2]).not.toHaveProperty('rerank')
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
    ['baker', undefined],
  ])
  expect(engine.scoreJobs).toMatchObject([{ model: 'cross', options: { deterministic: true } }])
  expect(engine.jobs.every(({ options }) => options.deterministic)).toBe(true)
})

test('says once what failed for many queries', async () => {
  const { engine, run } = createService()
  engine.score = () => Promise.reject(new Error('broken'))
  const rerank = { model: 'cross', top: 2 }
  const { warnings } = await run({
    queries: documents(['a', 'b', 'c']),
    candidates: documents(['a']),
    rerank,
  })
  expect(warnings).toHaveLength(1)
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

  test('leave skills to the list of skills, unless there is nothing else', async () => {
    const evidenceOf = async (...documents: MatchDocument['fields'][]) => {
      const [query, candidate] = documents.map((fields) => structured(fields))
      const { matches } = await createService().run({
        queries: query!,
        candidates: candidate!,
        explain: true,
      })
      return matches[0]!.results[0]!.explanation!.evidence.map((pair) => [
        pair.query.path,
        pair.candidate.path,
      ])
    }
    const full = { title: 'nurse', skills: ['sql', 'care'] }
    expect(await evidenceOf(full, full)).toEqual([['title', 'title']])
    expect(await evidenceOf({ skills: ['sql'] }, full)).toEqual([['skills[0]', 'title']])
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

  test('match skills by their names before vectors, and by what the text says', async () => {
    const wanted = ['python', 'kubernetes', 'MySQL', 'Java', 'care', 'Docker']
    const queries = structured({ title: 'worker', skills: wanted })
    const candidates = structured(
      {
        summary: 'Tuned MySQL. No experience with Docker.',
        skills: ['JavaScript', 'Care', 'Python (primary)', 'k8s'],
      },
      { summary: 'Wrote Python' },
    )
    const { engine, run } = createService()
    const { matches } = await run({ queries, candidates, explain: true })
    const [listed, told] = ['0', '1'].map((id) => matches[0]!.results.find((result) => result.id === id)!)
    expect(listed!.explanation!.skills).toEqual({
      matched: [
        { query: 'python', candidate: 'Python (primary)', score: 1 },
        { query: 'kubernetes', candidate: 'k8s', score: 1 },
        { query: 'care', candidate: 'Care', score: 1 },
        { query: 'MySQL', candidate: 'MySQL', score: 1, evidence: 'text', path: 'summary' },
      ],
      missing: ['Java', 'Docker'],
    })
    expect(told!.explanation!.skills!.matched).toEqual([
      { query: 'python', candidate: 'Python', score: 1, evidence: 'text', path: 'summary' },
    ])
    // What names have matched need not be embedded.
    expect(engine.jobs.flatMap(({ inputs }) => inputs)).not.toContain('k8s')
  })

  test('never take likeness for sameness where names say that two skills differ', async () => {
    const queries = structured({ skills: ['Java', 'SQL', 'React'] })
    const candidates = structured({ skills: ['JavaScript', 'NoSQL', 'React Native'] })
    const { engine, run } = createService()
    const { embed } = engine
    // A model to which all texts are alike.
    engine.embed = async (job, context) => {
      const result = await embed(job, context)
      result.vectors.data.fill(1 / Math.sqrt(result.vectors.columns))
      return result
    }
    const { matches } = await run({ queries, candidates, explain: true })
    expect(matches[0]!.results[0]!.explanation!.skills).toEqual({
      matched: [],
      missing: ['Java', 'SQL', 'React'],
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
        const { evidence } = matches[0]!.results[0]!.explanation!
        expect(evidence).not.toEqual([])
        for (const { query, candidate } of evidence) {
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
