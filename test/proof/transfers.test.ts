import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { beforeAll, expect, it } from 'vitest'
import { type Counted, tellCounted } from '../../scripts/bench/counted.ts'
import { createCollections } from '../../src/collections/collections.ts'
import { addRows } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { downloadVerified } from '../../src/models/files/download.ts'
import { PATIENCE } from '../../src/storage/retry-policy.ts'
import { createS3Store, type S3Place } from '../../src/storage/s3.ts'
import { scopeStore } from '../../src/storage/scoped.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { collectionModel, rowsOf, unitVector } from '../support/collections.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import type { FaultyProxy } from '../support/faulty-proxy.ts'
import { useFaultyS3 } from '../support/faulty-s3.ts'
import { temporaryFolder } from '../support/folders.ts'
import { manifestOf } from '../support/manifests.ts'
import { drawFault, type FaultCounts } from './faults.ts'
import { createRandom, type Random } from './random.ts'

const seed = Number(process.env.BATCH_SEED ?? Math.floor(Math.random() * 1e9))
/** Transfers of each kind; `npm run test:batch` makes more. */
const transfers = Number(process.env.TRANSFERS ?? 120)
/** As in production, but that nobody waits long. */
const policy = { ...PATIENCE, firstDelayMs: 1, longestDelayMs: 20, stallMs: 1500 }
const PARTS_BYTES = 6_000_000
/** Slow connections take their time, and twice as much on a machine that does other things, too. */
const MOST_MS = 10_000 + 5000 * transfers

describeWithS3(`transfers through a network that fails at random (BATCH_SEED=${seed})`, () => {
  const random = createRandom(seed)
  let proxy: FaultyProxy
  let place: S3Place
  let direct: WritableStore
  const opened = useFaultyS3()
  beforeAll(() => {
    ;({ proxy, place, direct } = opened())
  })

  /** Each with connections of its own. */
  const openStore = () => createS3Store(place, policy, { multipartBytes: PARTS_BYTES })
  const stored = async (key: string) => (await direct.stat(key)) && buffer(await direct.read(key))

  it(
    'write each object whole or say that they did not, and a name that may be taken once is taken once',
    async () => {
      const faults = startFaults(proxy, random)
      const found = { lost: 0, doubled: 0, halfWritten: 0, refused: 0, out: 0 }
      for (let number = 0; number < transfers; number++) {
        const key = `written/${number}`
        const once = random.chance(0.5)
        const bodies = [drawBody(random, number), drawBody(random, number)]
        const write = async (body: Buffer) => {
          try {
            return await openStore().write(key, body, once ? { onlyIfAbsent: true } : {})
          } catch (error) {
            if (!(error instanceof AppError)) throw error
            found.refused++
            return undefined
          }
        }
        const outcomes = await Promise.all(bodies.map(write))
        const there = await stored(key)
        found.out += outcomes.filter((outcome) => outcome !== undefined).length
        if (there && !bodies.some((body) => body.equals(there))) found.halfWritten++
        if (outcomes.includes(true) && !there) found.lost++
        if (once && outcomes.filter(Boolean).length > 1) found.doubled++
        const winner = outcomes.indexOf(true)
        if (once && winner >= 0 && there && !there.equals(bodies[winner]!)) found.lost++
      }
      report(faults, {
        what: 'writes to S3, in one piece and in parts, two writers for each name',
        things: 'writes',
        in: 2 * transfers,
        ...found,
      })
      expect(found).toMatchObject({ lost: 0, doubled: 0, halfWritten: 0 })
    },
    MOST_MS,
  )

  it(
    'bring each file as it is, or say that they could not',
    async () => {
      const body = drawBody(random, 1, 3_000_000)
      const sha256 = createHash('sha256').update(body).digest('hex')
      await direct.write('model/weights.onnx', body)
      const faults = startFaults(proxy, random)
      const found = { halfWritten: 0, refused: 0 }
      for (let number = 0; number < transfers; number++) {
        const path = join(temporaryFolder('transfers'), 'weights.onnx')
        const file = await open(path, 'wx+')
        const expected = { path: 'weights.onnx', bytes: body.length, sha256 }
        const wanted = { source: openStore(), key: 'model/weights.onnx', expected, model: 'model' }
        const done = await downloadVerified(wanted, file, createContext()).then(
          () => true,
          (error: unknown) => (error instanceof AppError ? false : Promise.reject(error)),
        )
        await file.close()
        if (!done) found.refused++
        else if (!(await buffer(createReadStream(path))).equals(body)) found.halfWritten++
      }
      const out = transfers - found.refused - found.halfWritten
      report(faults, { what: "downloads of a model's file", things: 'files', in: transfers, out, ...found })
      expect(found).toMatchObject({ halfWritten: 0 })
    },
    MOST_MS,
  )

  it(
    'add to a collection every row that was confirmed, once',
    async () => {
      const faults = startFaults(proxy, random)
      const confirmed = new Set<string>()
      const tried = new Set<string>()
      const found = { lost: 0, doubled: 0, foreign: 0, refused: 0 }
      const settings = { model: collectionModel(8), segmentRows: 5 }
      for (let number = 0; number < transfers / 4; number++) {
        const ids = Array.from({ length: random.whole(1, 12) }, (_, index) => `${number}-${index}`)
        for (const id of ids) tried.add(id)
        const rows = ids.map((id, index) => ({ id, fields: { text: id }, vector: unitVector(8, index) }))
        try {
          await addRows(scopeStore(openStore(), 'collections/'), 'jobs', rowsOf(rows), settings)
          for (const id of ids) confirmed.add(id)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          found.refused++
        }
      }
      proxy.faultOf = () => undefined
      const ids = await idsOf(scopeStore(direct, 'collections/'))
      found.lost = [...confirmed].filter((id) => !ids.includes(id)).length
      found.doubled = ids.length - new Set(ids).size
      found.foreign = ids.filter((id) => !tried.has(id)).length
      report(faults, {
        what: 'adds to a collection',
        things: 'rows',
        in: tried.size,
        out: new Set(ids).size,
        lost: found.lost,
        doubled: found.doubled,
        refused: [...tried].filter((id) => !ids.includes(id)).length,
      })
      expect(found).toMatchObject({ lost: 0, doubled: 0, foreign: 0 })
    },
    MOST_MS,
  )
})

/** From now on connections fail at random; answers the counts. */
function startFaults(proxy: FaultyProxy, random: Random): FaultCounts {
  const faults: FaultCounts = {}
  proxy.faultOf = () => drawFault(random, faults, 0.5)
  return faults
}

function report(
  faults: FaultCounts,
  counted: Pick<Counted, 'what' | 'things' | 'in' | 'out'> & Partial<Counted>,
): void {
  const injected = Object.values(faults).reduce((sum, one) => sum + one, 0)
  tellCounted({ faults: injected, refused: 0, lost: 0, doubled: 0, halfWritten: 0, ...counted })
}

/** A body of random bytes and size, one in ten of them in parts. */
function drawBody(random: Random, number: number, least = 1): Buffer {
  const most = number % 10 === 0 ? 2 * PARTS_BYTES : 200_000
  const body = Buffer.alloc(random.whole(least, Math.max(least, most)), random.whole(0, 255))
  body.writeUInt8(random.whole(0, 255), body.length - 1)
  return body
}

/** The ids of all rows that a search can find. */
async function idsOf(store: WritableStore): Promise<string[]> {
  const collections = createCollections({ store, budgetBytes: 1e9, threads: 1 })
  const model = manifestOf({ id: 'small', dimensions: 8 })
  const query = { name: 'jobs', model, queries: [unitVector(8, 1)], count: 100_000 }
  const { found } = await collections.find(query, createContext())
  await collections.close()
  return found[0]!.map(({ id }) => id)
}
