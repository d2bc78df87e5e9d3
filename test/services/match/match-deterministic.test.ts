import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createCatalog } from '../../../src/models/catalog/catalog.ts'
import { createServices } from '../../../src/services/services.ts'
import { fixtureManifests, openFixtures } from '../../support/fixtures.ts'

const word = fc.constantFrom('the', 'cat', 'Engineers', '我', '猫', 'work', ',', 'school')
const text = fc.array(word, { minLength: 1, maxLength: 14 }).map((words) => words.join(' '))

test('a deterministic score of a real int8 model and reranker is the same bits in any company', async () => {
  const services = createServices({
    catalog: createCatalog(fixtureManifests),
    engine: openFixtures(),
    defaultModel: 'bert-int8',
  })
  const scoresOf = async (query: string, candidates: readonly string[]) => {
    const plan = await services.match.plan({
      queries: [{ id: 'q', index: 0, fields: { text: query } }],
      candidates: candidates.map((value, index) => ({ id: String(index), index, fields: { text: value } })),
      models: [
        { model: 'bert-int8', weight: 1 },
        { model: 'roberta-int8', weight: 2 },
      ],
      fusion: 'weighted',
      rerank: { model: 'bert-reranker', top: 100 },
      deterministic: true,
    })
    const { matches, warnings } = await services.match.run(plan, createContext())
    expect(warnings).toEqual([expect.stringContaining('no calibration')])
    return new Map(matches[0]!.results.map(({ index, ...scores }) => [candidates[index]!, scores]))
  }
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.uniqueArray(text, { minLength: 2, maxLength: 6 }),
      async (query, candidates) => {
        const together = await scoresOf(query, candidates)
        for (const candidate of candidates) {
          const { id: _, ...alone } = (await scoresOf(query, [candidate])).get(candidate)!
          expect(together.get(candidate)).toMatchObject(alone)
        }
      },
    ),
    { numRuns: 15 },
  )
})
