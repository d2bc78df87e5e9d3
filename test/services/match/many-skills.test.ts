import { expect, test } from 'vitest'
import { MOST_EXPLANATIONS, MOST_LIKENED } from '../../../src/services/match/bounds.ts'
import { createAppOver, post } from '../../support/http.ts'
import { createWordEngine } from '../../support/word-engine.ts'

interface Answer {
  readonly results: readonly {
    readonly explanation: {
      readonly skills?: { readonly matched: readonly unknown[]; readonly missing: readonly string[] }
    }
  }[]
  readonly warnings: readonly string[]
}

async function ask(body: object) {
  const engine = createWordEngine()
  const response = await createAppOver(engine).fetch(
    post('/match', { model: 'wide', explain: true, ...body }),
  )
  const texts = engine.jobs.reduce((sum, { inputs }) => sum + inputs.length, 0)
  return {
    status: response.status,
    body: (await response.json()) as Answer,
    texts,
    calls: engine.jobs.length,
  }
}

const skills = (side: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${side} skill ${at}`)

test.each([1000, 2000, 4000])(
  'of %i skills a side that no name matches, 200 are embedded, and it is said',
  async (count) => {
    const query = { skills: skills('wanted', count) }
    const { body, texts } = await ask({ query, candidates: [{ skills: skills('offered', count) }] })
    expect(texts).toBe(2 + 2 * MOST_LIKENED)
    expect(body.warnings).toEqual([
      'Skills of a query beyond its first 200 were compared by name alone.',
      'Skills of a candidate beyond the first 200 that no name matches were compared by name alone.',
    ])
  },
)

test('names decide for every one of 3,000 skills', async () => {
  const both = skills('one', 3000)
  const { body } = await ask({ query: { skills: both }, candidates: [{ skills: both.toReversed() }] })
  expect(body.results[0]!.explanation.skills).toMatchObject({ matched: { length: 3000 }, missing: [] })
})

test('few skills are embedded as before, in one call, without a warning', async () => {
  const { body, calls } = await ask({ query: { skills: ['triage'] }, candidates: [{ skills: ['care'] }] })
  expect([calls, body.warnings]).toEqual([3, []])
})

test('many candidates are explained in several calls, each as it is alone', async () => {
  const candidates = Array.from({ length: 300 }, (_, at) => ({ text: `Nurse ${at}!\n`.repeat(30) }))
  const all = await ask({ query: 'nurse 7. cook', candidates })
  expect(all.calls).toBe(2 + Math.ceil((2 + 300 * 30) / 4000))
  const alone = await ask({ query: 'nurse 7. cook', candidates: candidates.slice(299) })
  const of = ({ body }: typeof all, index: number) =>
    body.results.find((result) => 'index' in result && result.index === index)!.explanation
  expect(of(all, 299)).toEqual(of(alone, 0))
})

test('skills are looked for in the first 40,000 characters of a candidate, and it is said', async () => {
  const text = (before: number) => `${'x '.repeat(before / 2)}triage`
  const query = { skills: ['triage'] }
  const short = await ask({ query, candidates: [{ text: text(30_000) }] })
  expect(short.body.results[0]!.explanation.skills!.missing).toEqual([])
  expect(short.body.warnings).toEqual([])
  const long = await ask({ query, candidates: [{ text: text(40_000) }] })
  expect(long.body.results[0]!.explanation.skills!.missing).toEqual(['triage'])
  expect(long.body.warnings).toEqual([
    'Skills were looked for in the first 40000 characters of a candidate alone.',
  ])
})

test.each([
  [
    'too many results',
    { queries: Array(11).fill('nurse'), candidates: Array(1000).fill('nurse') },
    /11000 results/,
  ],
  [
    'too many skills in all of them',
    { query: { skills: skills('a', 2000) }, candidates: Array(1000).fill('nurse') },
    /2000 skills .* 2000000 in all/,
  ],
])('refuses to explain %s before anything is embedded', async (_, body, message) => {
  const refused = await ask(body)
  expect([refused.status, refused.texts]).toEqual([413, 0])
  expect(JSON.stringify(refused.body)).toMatch(message)
  const fewer = await ask({ ...body, topK: Math.floor(MOST_EXPLANATIONS / 1000) })
  expect(fewer.status).toBe(200)
})
