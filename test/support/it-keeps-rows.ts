import { expect, it } from 'vitest'
import type { CandidateIndex, IndexWrite } from '../../src/collections/candidate-index.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { dot } from '../../src/vector/similarity.ts'
import { rowsOf } from './collections.ts'

/** What the tests of rows need of the contract that it is part of. */
interface Parts {
  readonly index: () => CandidateIndex
  readonly build: (rows: readonly CollectionRow[]) => Promise<string>
  readonly rowOf: (id: number, fields?: CollectionRow['fields']) => CollectionRow
  readonly range: (from: number, to: number) => CollectionRow[]
  readonly settings: IndexWrite
  /** How far a score may lie from that of float32. */
  readonly scoreError: number
}

/** Ids that are short enough for every engine, none of which UTF-8 can write wrong. */
const ODD = [
  'O\u2019Brien "Bobby"',
  "'; --",
  '护士',
  '長'.repeat(300),
  ' a ',
  'a\tb\nc',
  '\\N',
  '\\.',
  '{}',
  '👩\u200d💻',
  '\ufffd',
]

/** Part of the contract of every engine: rows are kept as they are, or refused, and never two of them as one. */
export function itKeepsRows(parts: Parts): void {
  itKeepsContent(parts)
  itKeepsIds(parts)
}

function itKeepsContent({ index, build, rowOf, range, settings, scoreError }: Parts): void {
  it('reads all rows back with what they had', async () => {
    const collection = await build(range(0, 700))
    await index().add(collection, rowsOf([rowOf(3, { text: 'new' })]), settings, createContext())
    await index().remove(collection, new Set(['0']), createContext())
    const { content, ...info } = await index().read(collection, createContext())
    expect(info).toEqual({ version: 3, rows: 699, model: settings.model })
    const read = new Map<string, CollectionRow>()
    for await (const row of content) read.set(row.id, row)
    expect(read.size).toBe(699)
    expect(read.get('3')!.fields).toEqual({ text: 'new' })
    for (const { id, vector } of range(1, 700))
      expect(1 - dot(read.get(id)!.vector, vector)).toBeLessThanOrEqual(scoreError)
    await expect(index().read('nobody', createContext())).rejects.toMatchObject({ code: 'invalid_request' })
  })
}

function itKeepsIds({ index, build, rowOf, settings }: Parts): void {
  it('keeps ids as they are, and refuses one rather than to take it for another', async () => {
    const collection = await build(ODD.map((id, row) => ({ ...rowOf(row), id })))
    const idsOf = async () => {
      const ids: string[] = []
      for await (const { id } of (await index().read(collection, createContext())).content) ids.push(id)
      return ids.sort()
    }
    expect(await idsOf()).toEqual([...ODD].sort())
    const broken = ['\ud800', '\udc01'].map((id, row) => ({ ...rowOf(row), id }))
    await expect(index().add(collection, rowsOf(broken), settings, createContext())).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/half of a char/),
    })
    const { removed } = await index().remove(
      collection,
      new Set(['\ud802', '\u0000', 'nobody']),
      createContext(),
    )
    expect(removed).toBe(0)
    expect((await idsOf()).filter((id) => ODD.includes(id))).toEqual([...ODD].sort())
    const gone = await index().remove(collection, new Set(ODD), createContext())
    expect(gone.removed).toBe(ODD.length)
  })
}
