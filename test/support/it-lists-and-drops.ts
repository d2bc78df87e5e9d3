import { expect, it } from 'vitest'
import type { CandidateIndex, IndexWrite } from '../../src/collections/candidate-index.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { rowsOf } from './collections.ts'
import { manifestOf } from './manifests.ts'

/** What the test of lists needs of the contract that it is part of. */
interface Parts {
  readonly index: () => CandidateIndex
  readonly build: (rows: readonly CollectionRow[]) => Promise<string>
  readonly range: (from: number, to: number) => CollectionRow[]
  readonly settings: IndexWrite
}

/** Part of the contract of every engine: which collections there are, and that one which is deleted is gone. */
export function itListsAndDrops({ index, build, range, settings }: Parts): void {
  it('lists its collections by name, and deletes one with all its versions', async () => {
    const [kept, gone] = [await build(range(0, 3)), await build(range(0, 4))]
    await index().build(gone, rowsOf(range(0, 5)), settings, createContext())
    const listed = async () => {
      const all = await index().list(createContext())
      expect(all.map(({ name }) => name)).toEqual(all.map(({ name }) => name).sort())
      const own = all.filter(({ name }) => name === kept || name === gone)
      return new Set(own.map(({ name, version, rows, model }) => [name, version, rows, model.id].join()))
    }
    expect(await listed()).toEqual(new Set([`${kept},1,3,small`, `${gone},2,5,small`]))
    expect(await index().drop(gone, createContext())).toBe(true)
    expect(await index().drop(gone, createContext())).toBe(false)
    expect(await listed()).toEqual(new Set([`${kept},1,3,small`]))
    expect(await index().info(gone, createContext())).toBeUndefined()
    await index().build(gone, rowsOf(range(7, 9)), settings, createContext())
    expect(await index().info(gone, createContext())).toMatchObject({ version: 1, rows: 2 })
    const query = { name: kept, model: manifestOf({ id: 'small', dimensions: 16 }), queries: [], count: 1 }
    expect(await index().find(query, createContext())).toMatchObject({ rows: 3 })
  })
}
