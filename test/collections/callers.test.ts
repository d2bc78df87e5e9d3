import { describe, expect, it, onTestFinished } from 'vitest'
import { createCollections } from '../../src/collections/collections.ts'
import { buildCollection } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { manifestOf } from '../support/manifests.ts'
import { createMemoryStore } from '../support/memory-store.ts'

const DIMENSIONS = 8
const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 1)], count: 1 }

async function open(rows: number, budgetBytes = 1e9) {
  const store = createMemoryStore()
  const all = Array.from({ length: rows }, (_, id) => ({
    id: `${id}`,
    fields: { number: id },
    vector: unitVector(DIMENSIONS, id % 100),
  }))
  await buildCollection(store, 'jobs', rowsOf(all), { model: collectionModel(DIMENSIONS) })
  const collections = createCollections({ store, budgetBytes, threads: 1 })
  onTestFinished(() => collections.close())
  return { store, collections }
}

describe('callers who wait for the same collection', () => {
  it('get it although the first of them leaves while it is loaded', async () => {
    const { store, collections } = await open(100)
    const first = new AbortController()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let waiting = () => {}
    const loading = new Promise<void>((resolve) => {
      waiting = resolve
    })
    store.beforeChunk = async (key) => {
      if (!key.includes('/segments/')) return
      waiting()
      await held
    }
    const leaver = collections.find(query, createContext({ signal: first.signal }))
    await loading
    const stayer = collections.find(query, createContext())
    first.abort()
    await expect(leaver).rejects.toMatchObject({ code: 'deadline_exceeded' })
    letGo()
    expect(await stayer).toMatchObject({ rows: 100 })
  })
})

describe('a filter over many rows', () => {
  it('lets other work have its turn, and stops when its caller has gone', async () => {
    const { collections } = await open(20_000)
    const gone = new AbortController()
    let judged = 0
    const filter = {
      key: 'slow',
      keeps: () => {
        judged++
        return true
      },
    }
    await collections.find(query, createContext())
    const finding = collections.find({ ...query, filter }, createContext({ signal: gone.signal }))
    setImmediate(() => gone.abort())
    await expect(finding).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect(judged).toBeLessThan(20_000)
  })

  it('is judged anew when the marks of later ones took its place in memory', async () => {
    // 10,000 rows take some 650 kB, marks 40 kB each: four of them are a quarter of that.
    const { collections } = await open(10_000)
    const asked: string[] = []
    const filterOf = (key: string) => ({
      key,
      keeps: ({ number }: Readonly<Record<string, unknown>>) => {
        if (number === 0) asked.push(key)
        return true
      },
    })
    for (const key of ['a', 'a', 'b', 'c', 'd', 'e', 'f', 'f', 'a'])
      await collections.find({ ...query, filter: filterOf(key) }, createContext())
    expect(asked).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'a'])
  })
})
