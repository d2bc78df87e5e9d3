import { describe, expect, test } from 'vitest'
import { describeRepository } from '../../../scripts/models/add.ts'
import { readFolder } from '../../../scripts/models/folder.ts'
import { toManifest } from '../../../src/models/catalog/lock.ts'
import type { Manifest } from '../../../src/models/catalog/manifest.ts'
import { cosine } from '../../../src/vector/similarity.ts'
import { idsOf, oddTexts, openModel, readReference, realFixtures } from '../../support/real-models.ts'

/*
 * The architectures of the catalog whose real weights are in no package, and the others: one tiny random model each, which
 * architectures.py beside this file made with transformers, saved with sentence-transformers and exported with torch.
 */
const ARCHITECTURES = ['bert', 'distilbert', 'ernie', 'mpnet', 'roberta', 'xlm-roberta']

/** What the program makes of the folder as sentence-transformers saved it: nothing is written by hand. */
function describeFolder(id: string): Manifest {
  return toManifest(describeRepository(readFolder(`${realFixtures}/${id}`)))!
}

describe.each(ARCHITECTURES)('a random %s', (architecture) => {
  const id = `random-${architecture}`
  const texts = oddTexts()
  const reference = readReference(`${id}.json`)

  test('reads 80 odd texts as the ids that transformers reads', async () => {
    const ids = await idsOf(describeFolder(id), realFixtures, texts)
    expect(reference.ids).toHaveLength(texts.length)
    for (const [index, text] of texts.entries())
      expect([text, ids[index]]).toEqual([text, reference.ids[index]])
  })

  test('gives 80 odd texts the vectors that sentence-transformers gives them', async () => {
    const manifest = describeFolder(id)
    expect(manifest.dimensions).toBe(reference.vectors[0]!.length)
    const vectors = await openModel(manifest, realFixtures)(texts)
    for (const [index, text] of texts.entries()) {
      const vector = vectors[index]!
      const like = cosine(vector, reference.vectors[index]!)
      expect([text, like > 0.999999]).toEqual([text, true])
      expect([text, Math.hypot(...vector)]).toEqual([text, expect.closeTo(reference.norms![index]!, 4)])
    }
  })
})

test('the models are told apart by their vectors: none is another one’s', () => {
  const first = ARCHITECTURES.map((name) => readReference(`random-${name}.json`).vectors[1]!.slice(0, 12))
  for (const [index, vector] of first.entries())
    for (const other of first.slice(index + 1)) expect(cosine(vector, other)).toBeLessThan(0.9)
})
