import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { tellCounted } from '../../scripts/bench/counted.ts'
import { createCollections } from '../../src/collections/collections.ts'
import { findDamage, readLatest } from '../../src/collections/versions.ts'
import { buildCollection } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { bundleProgram } from '../support/bundles.ts'
import type { CollectionWriterTask } from '../support/collection-writer.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { temporaryFolder } from '../support/folders.ts'
import { manifestOf } from '../support/manifests.ts'

const DIMENSIONS = 8
const program = await bundleProgram('test/support/collection-writer.ts')
afterAll(() => program.remove())

/** Runs a writer, killed after it has confirmed `killAfter` changes; answers the ids of all that it confirmed. */
async function run(task: CollectionWriterTask, killAfter: number): Promise<string[]> {
  const child = spawn(process.execPath, [program.path('collection-writer.js'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let confirmed = ''
  child.stdout.on('data', (chunk) => {
    confirmed += chunk
    if (confirmed.split('\n').length > killAfter) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return confirmed
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => line.split(' '))
}

const counted = { faults: 0, in: 0, out: 0 }

describe('processes that write one collection, some of which are killed', () => {
  it('lose no row that was confirmed, whoever adds, removes and compacts beside', async () => {
    const kills = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 4, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(kills, async ([firstKill, secondKill, removerKill, compactorKill]) => {
        const folder = temporaryFolder('collection')
        const store = createDirectoryStore(folder)
        const base = Array.from({ length: 30 }, (_, id) => id)
        const rows = base.map((id) => ({ id: `${id}`, fields: {}, vector: unitVector(DIMENSIONS, id) }))
        const settings = { model: collectionModel(DIMENSIONS), segmentRows: 7 }
        await buildCollection(store, 'jobs', rowsOf(rows), settings)
        const [first, second, removed] = await Promise.all([
          run({ folder, work: 'add', first: 1000, turns: 6 }, firstKill!),
          run({ folder, work: 'add', first: 2000, turns: 6 }, secondKill!),
          run({ folder, work: 'remove', first: 0, turns: 6 }, removerKill!),
          run({ folder, work: 'compact', first: 0, turns: 6 }, compactorKill!),
        ])
        const manifest = (await readLatest(store, 'jobs'))!
        expect(await findDamage(store, 'jobs', manifest)).toEqual([])
        const collections = createCollections({ store, budgetBytes: 1e9, threads: 1 })
        const model = manifestOf({ id: 'small', dimensions: DIMENSIONS })
        const query = { name: 'jobs', model, queries: [unitVector(DIMENSIONS, 1)], count: 1000 }
        const { found } = await collections.find(query, createContext())
        await collections.close()
        const ids = new Set(found[0]!.map(({ id }) => id))
        expect(ids.size).toBe(found[0]!.length)
        counted.faults += 4
        counted.in += first.length + second.length
        counted.out += [...first, ...second].filter((id) => ids.has(id)).length
        for (const id of [...first, ...second]) expect(ids).toContain(id)
        for (const id of removed) expect(ids).not.toContain(id)
        // What was neither removed nor under removal when its remover was killed is there.
        for (const id of base.filter((id) => id >= removed.length + 3)) expect(ids).toContain(`${id}`)
      }),
      { numRuns: Number(process.env.COLLECTION_RUNS ?? 3) },
    )
    const what = 'adders, removers and compactors of one collection, each killed'
    const none = { refused: 0, lost: counted.in - counted.out, doubled: 0, halfWritten: 0 }
    tellCounted({ what, things: 'rows that were confirmed', ...counted, ...none })
  }, 180_000)
})
