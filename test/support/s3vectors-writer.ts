import { createS3VectorsIndex } from '../../src/collections/s3vectors/s3vectors-index.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { createContext } from '../../src/context.ts'
import { collectionModel, unitVector } from './collections.ts'

/** What one process writes to a collection in a vector bucket until it is killed or done. */
export interface S3VectorsWriterTask {
  readonly place: string
  readonly endpoint: string
  readonly work: 'build' | 'add' | 'remove' | 'compact'
  /** Ids `first`, `first + 1`, … */
  readonly first: number
  /** Rows of each change. */
  readonly rows: number
  readonly turns: number
  /** How long a lock counts whose owner says nothing. */
  readonly leaseMs: number
}

const DIMENSIONS = 8

async function* rowsFrom(
  first: number,
  count: number,
  told: (row: number) => void,
): AsyncGenerator<CollectionRow> {
  for (let row = 0; row < count; row++) {
    if (row % 10 === 0) told(row)
    yield {
      id: `${first + row}`,
      fields: { from: first },
      vector: unitVector(DIMENSIONS, (first + row) % 100),
    }
  }
}

/** Writes a line for each tenth row that it hands over, and one for each change that is confirmed. */
async function main(task: S3VectorsWriterTask): Promise<void> {
  const { place, endpoint, work, first, rows, turns, leaseMs } = task
  const index = createS3VectorsIndex(place, { endpoint, times: { leaseMs, settleMs: 0 }, freshMs: 0 })
  const settings = { model: collectionModel(DIMENSIONS) }
  const told = (row: number) => process.stdout.write(`row ${row}\n`)
  for (let turn = 0; turn < turns; turn++) {
    const start = first + turn * rows
    const all = rowsFrom(start, rows, told)
    told(0)
    if (work === 'build') await index.build('jobs', all, settings, createContext())
    else if (work === 'add') await index.add('jobs', all, settings, createContext())
    else if (work === 'compact') await index.compact('jobs', createContext())
    else {
      const ids = new Set(Array.from({ length: rows }, (_, row) => `${start + row}`))
      await index.remove('jobs', ids, createContext())
    }
    process.stdout.write(`done ${start}\n`)
  }
  await index.close()
}

void main(JSON.parse(process.argv[2]!) as S3VectorsWriterTask)
