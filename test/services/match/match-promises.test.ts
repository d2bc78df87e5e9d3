import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MatchDocument } from '../../../src/services/match/document.ts'
import { both, createService, documents, structured } from '../../support/match-service.ts'

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

const withAll = { models: both, weights: { title: 2, skills: 1 }, explain: true } as const
const profile = fc
  .record({ title: text, skills: fc.array(words, { minLength: 1, maxLength: 3 }), years: fc.nat(9) })
  .map((fields): MatchDocument['fields'] => fields)

test('an order does not depend on that of the candidates, but for equal scores', async () => {
  await fc.assert(
    fc.asyncProperty(
      profile,
      fc.array(profile, { minLength: 2, maxLength: 7 }),
      fc.nat(),
      async (query, list, turn) => {
        const candidates = structured(...list)
        const turned = [...candidates.slice(turn % list.length), ...candidates.slice(0, turn % list.length)]
        const rerank = { model: 'cross', top: list.length }
        const orderOf = async (ordered: readonly MatchDocument[]) => {
          const placed = ordered.map((document, index) => ({ ...document, index }))
          const { matches } = await createService().run({
            queries: structured(query),
            candidates: placed,
            ...withAll,
            explain: false,
            rerank,
          })
          return matches[0]!.results.map(({ id, score, rerank }) => ({ id, score, rerank }))
        }
        const [first, second] = [await orderOf(candidates), await orderOf(turned)]
        const byId = (list: typeof first) => [...list].sort((a, b) => Number(a.id) - Number(b.id))
        expect(byId(second)).toEqual(byId(first))
        expect(second.map(({ score, rerank }) => [score, rerank])).toEqual(
          first.map(({ score, rerank }) => [score, rerank]),
        )
      },
    ),
    { numRuns: 25 },
  )
})

test('filters, sections, reranking and explanations of many queries are those of single ones', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(profile, { minLength: 1, maxLength: 3 }),
      fc.array(profile, { minLength: 1, maxLength: 5 }),
      async (asked, offered) => {
        const { run } = createService()
        const request = {
          ...withAll,
          candidates: structured(...offered),
          filters: { years: { min: 3 } },
          rerank: { model: 'cross', top: 3 },
          topK: 4,
        }
        const queries = structured(...asked)
        const together = await run({ ...request, queries })
        for (const [index, query] of queries.entries()) {
          const alone = await run({ ...request, queries: [query] })
          expect(together.matches[index]).toEqual(alone.matches[0])
          expect(together.excluded).toEqual(alone.excluded)
        }
      },
    ),
    { numRuns: 20 },
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
