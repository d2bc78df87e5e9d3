import type { Manifest } from '../../src/models/catalog/manifest.ts'
import { type LearnedModel, writeLearned } from '../../src/models/files/write-learned.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { createMatrix, type Matrix } from '../../src/vector/matrix.ts'

/** A map in which every column takes part, near the identity; rows cannot be taken for columns. */
export function someMap(size: number): Matrix {
  const map = createMatrix(size, size)
  map.data.forEach((_, at) => {
    map.data[at] = Math.sin(at) / size + (at % (size + 1) === 0 ? 1 : 0)
  })
  return map
}

/** Writes a map behind a base into a folder of models. */
export function learnMap(
  folder: string,
  base: Manifest,
  side: 'query' | 'both',
  fields: Partial<LearnedModel> = {},
): Promise<Manifest> {
  const model: LearnedModel = {
    name: `${base.id}.${side}`,
    base,
    made: { side, map: someMap(base.dimensions) },
    data: { sha256: 'a'.repeat(64), counts: { pairs: 2000 } },
    date: new Date('2026-11-28T12:00:00Z'),
    forced: false,
    canaries: [],
    ...fields,
  }
  return writeLearned(model, createDirectoryStore(folder))
}
