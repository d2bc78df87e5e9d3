import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { copyCollection, runCopyCommand } from '../../scripts/collections/copy.ts'
import { runDatabaseCommand } from '../../scripts/collections/database.ts'
import { openIndex } from '../../scripts/collections/open-index.ts'
import { collectionsTool } from '../../scripts/collections/tool.ts'
import type { CandidateIndex } from '../../src/collections/candidate-index.ts'
import type { CollectionModel } from '../../src/collections/manifest.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { dot } from '../../src/vector/similarity.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { type FakeS3Vectors, startFakeS3Vectors } from '../support/fake-s3vectors.ts'
import { temporaryFolder } from '../support/folders.ts'
import { startPglite } from '../support/pglite-server.ts'
import { withCredentials } from '../support/s3vectors.ts'

const DIMENSIONS = 8
const model: CollectionModel = {
  ...collectionModel(DIMENSIONS),
  learned: { side: 'query', base: 'jobs-static', revision: '1'.repeat(40) },
}
const ROWS: readonly CollectionRow[] = Array.from({ length: 1203 }, (_, row) => ({
  id: `${row}`,
  fields: { text: `简历 ${row}`, years: row % 7, skills: ['Go', `skill ${row}`] },
  vector: unitVector(DIMENSIONS, row),
}))

withCredentials()
let fake: FakeS3Vectors
let database: Awaited<ReturnType<typeof startPglite>>
let printed: string[]
let vectors = 0
const ENDPOINT = 'AWS_ENDPOINT_URL_S3VECTORS'
beforeAll(async () => {
  fake = await startFakeS3Vectors('people')
  process.env[ENDPOINT] = fake.endpoint
  database = await startPglite()
}, 180_000)
afterAll(async () => {
  delete process.env[ENDPOINT]
  fake.close()
  await database.stop()
})
beforeEach(() => {
  printed = []
})

const PLACES = {
  files: () => join(temporaryFolder('copied'), 'store'),
  vectors: () => `s3vectors://people/jobs-${vectors++}`,
  database: () => database.place,
}
const withIndex = async <T>(place: string, work: (index: CandidateIndex) => Promise<T>) => {
  const index = openIndex(place, { environment: {} })
  return work(index).finally(() => index.close())
}
const fill = (place: string, name: string, rows = ROWS) =>
  withIndex(place, (index) => index.build(name, rowsOf(rows), { model }, createContext()))
const contentOf = (place: string, name: string) =>
  withIndex(place, async (index) => {
    const rows = new Map<string, CollectionRow>()
    for await (const row of (await index.read(name, createContext())).content) rows.set(row.id, row)
    return rows
  })
const copy = (from: string, to: string, more: object = {}) =>
  runCopyCommand([from, to], {
    to: '',
    name: 'jobs',
    environment: {},
    print: (line) => printed.push(line),
    ...more,
  })

describe('a collection that is copied', () => {
  it.each([
    ['files', 'vectors', 1e-6],
    ['vectors', 'files', 1e-6],
    ['files', 'database', 1e-3],
    ['database', 'files', 1e-3],
    ['database', 'vectors', 1e-3],
    ['files', 'files', 0],
    ['vectors', 'database', 1e-3],
    ['vectors', 'vectors', 1e-6],
  ] as const)(
    'from %s to %s has all of its rows there',
    async (one, other, error) => {
      const [from, to] = [PLACES[one](), PLACES[other]()]
      await fill(from, 'jobs')
      await copy(from, to)
      expect(printed).toEqual([expect.stringMatching(/^Copied 1203 rows of small: version \d+ of jobs/)])
      const made = await withIndex(to, (index) => index.info('jobs', createContext()))
      expect(made).toMatchObject({ rows: ROWS.length, model })
      const copied = await contentOf(to, 'jobs')
      expect(copied.size).toBe(ROWS.length)
      for (const { id, fields, vector } of ROWS) {
        expect(copied.get(id)!.fields).toEqual(fields)
        expect(Math.abs(1 - dot(copied.get(id)!.vector, vector))).toBeLessThanOrEqual(error + 1e-6)
      }
    },
    120_000,
  )

  it('takes the place of the one of that name, and keeps int8 where that is asked for', async () => {
    const [from, to] = [PLACES.files(), PLACES.files()]
    await fill(from, 'jobs')
    await fill(to, 'jobs', ROWS.slice(0, 5))
    await copy(from, to, { encoding: 'int8' })
    expect((await contentOf(to, 'jobs')).size).toBe(ROWS.length)
    expect(printed[0]).toMatch(/version 1 of jobs \(exact\) is version 2 \(exact\)/)
  })
})

describe('a copy that cannot be whole', () => {
  /** A place whose collection has these rows, and says that it has others. */
  const place = (
    rows: readonly CollectionRow[],
    said: { rows?: number; version?: readonly number[] } = {},
  ) => {
    const versions = [...(said.version ?? [1, 1])]
    const info = () => ({ version: versions.shift()!, rows: said.rows ?? rows.length, model })
    return {
      read: async () => ({ ...info(), content: rowsOf(rows) }),
      info: async () => info(),
    }
  }
  const target = () => withTarget(PLACES.files())
  const withTarget = (to: string) => openIndex(to, { environment: {} })
  const some = ROWS.slice(0, 20)

  it.each([
    ['rows are missing', place(some, { rows: 21 }), 'artifact_corrupt', '20 rows have come; expected 21'],
    ['rows are too many', place(some, { rows: 19 }), 'artifact_corrupt', '20 rows have come; expected 19'],
    ['it was changed meanwhile', place(some, { version: [1, 2] }), 'overloaded', 'version 1, then 2'],
    ['an id occurs twice', place([...some, some[0]!]), 'invalid_request', 'occurs twice'],
  ])('because %s shows nothing of itself', async (_, source, code, words) => {
    const index = target()
    const copied = copyCollection('jobs', source, index)
    await expect(copied).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
    expect(await index.info('jobs', createContext())).toBeUndefined()
    await index.close()
  })

  it('because two builds meanwhile took its rows away is to be tried again', async () => {
    const [from, to] = [PLACES.database(), target()]
    const rebuilt = ROWS.slice(0, 3)
    await fill(from, 'replaced')
    await withIndex(from, async (index) => {
      const reading = {
        info: index.info,
        async read(...asked: Parameters<CandidateIndex['read']>) {
          const known = await index.read(...asked)
          for (let build = 0; build < 2; build++)
            await index.build('replaced', rowsOf(rebuilt), { model }, createContext())
          return known
        },
      }
      await expect(copyCollection('replaced', reading, to)).rejects.toMatchObject({
        ...{ code: 'overloaded', message: expect.stringMatching(/version \d+, then \d+.*try again/) },
      })
    })
    expect(await to.info('replaced', createContext())).toBeUndefined()
    await to.close()
  })

  it('because another model made what it would replace is refused, and so is another width', async () => {
    const index = target()
    const build = (made: typeof model, rows: readonly CollectionRow[]) =>
      index.build('jobs', rowsOf(rows), { model: made }, createContext())
    await build({ ...collectionModel(DIMENSIONS), id: 'other' }, some)
    await expect(copyCollection('jobs', place(some), index)).rejects.toThrow(
      /of small@.*and the one.*of other@/,
    )
    await build(collectionModel(4), [{ id: 'a', fields: {}, vector: unitVector(4, 1) }])
    await expect(copyCollection('jobs', place(some), index)).rejects.toThrow('4 dimensions')
    expect(await index.info('jobs', createContext())).toMatchObject({ version: 2, rows: 1 })
    await index.close()
  })

  it('because the target says another number of rows than came is told', async () => {
    const forgetful = { build: async () => ({ version: 1, rows: 19, model }), info: async () => undefined }
    await expect(copyCollection('jobs', place(some), forgetful)).rejects.toThrow(
      '19 rows have come; expected 20',
    )
  })

  it.each([
    [['a'], {}, 'Expected copy <from> <to>'],
    [['a', 'b'], { name: undefined }, '--name <name>'],
    [['a', 'a'], {}, 'two different ones'],
    [['a', 'b'], { encoding: 'int4' }, 'expected float32 or int8'],
    [['a', 's3vectors://people/jobs'], { encoding: 'int8' }, 'leave --encoding out'],
  ])('because of %j with %j is refused', async (places, more, words) => {
    const settings = { to: '', name: 'jobs', environment: {}, print: () => {}, ...more }
    await expect(runCopyCommand(places, settings)).rejects.toThrow(words)
  })
})

describe('the commands for a vector bucket', () => {
  const run = (command: string, names: readonly string[], to: string, more: object = {}) =>
    runDatabaseCommand(command, names, {
      to,
      name: 'jobs',
      environment: {},
      print: (line) => printed.push(line),
      ...more,
    })

  it('tell what is there, compact it, and say what it has not', async () => {
    const place = PLACES.vectors()
    await fill(place, 'jobs', ROWS.slice(0, 7))
    await run('info', [], place)
    expect(JSON.parse(printed[0]!)).toMatchObject({ version: 1, rows: 7, model: { id: 'small' } })
    await run('compact', [], place)
    expect(printed[1]).toMatch(
      /^0 rows that count no more were deleted\. Version 2: 7 rows .* in Amazon S3 Vectors\.$/,
    )
    await expect(run('rollback', [], place)).rejects.toThrow('each change counts when it is whole')
    await run('list', [], place)
    expect(printed[2]).toMatch(/^name +rows +version +model\s*\n(?:-+ *)*\n?jobs +7 +2 +small$/m)
    await expect(run('build', ['x.jsonl'], place, { encoding: 'int8' })).rejects.toThrow(
      's3vectors keeps float32',
    )
    await expect(run('info', [], place, { name: 'nobody' })).rejects.toThrow(
      'The vector bucket has no collection',
    )
    await run('delete', [], place)
    expect(printed[3]).toBe('Collection jobs was deleted with all its versions.')
    await expect(run('delete', [], place)).rejects.toThrow('The vector bucket has no collection jobs.')
  }, 30_000)

  it('are reached by the tool, which copies by two places', async () => {
    await expect(collectionsTool.run(['copy', 'a', 'a', '--name', 'jobs'], '.')).rejects.toThrow(
      'two different',
    )
    await expect(collectionsTool.run(['rollback', '--to', 's3vectors://people/jobs'], '.')).rejects.toThrow(
      'a vector bucket has no rollback',
    )
  })
})
