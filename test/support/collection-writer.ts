import { compactCollection } from '../../src/collections/compact.ts'
import { addRows, removeRows } from '../../src/collections/write.ts'
import { createDirectoryStore } from '../../src/storage/directory.ts'
import { collectionModel, rowsOf, unitVector } from './collections.ts'

/** What one process does to a collection until it is killed or done. */
export interface CollectionWriterTask {
  readonly folder: string
  readonly work: 'add' | 'remove' | 'compact'
  /** Ids `first`, `first + 1`, … are added or removed, three at a time. */
  readonly first: number
  readonly turns: number
}

const DIMENSIONS = 8

/** Writes a line to standard output for each change that the collection has confirmed. */
async function main({ folder, work, first, turns }: CollectionWriterTask): Promise<void> {
  const store = createDirectoryStore(folder)
  for (let turn = 0; turn < turns; turn++) {
    const ids = [0, 1, 2].map((offset) => first + 3 * turn + offset)
    const rows = ids.map((id) => ({ id: `${id}`, fields: {}, vector: unitVector(DIMENSIONS, id) }))
    if (work === 'add') {
      await addRows(store, 'jobs', rowsOf(rows), { model: collectionModel(DIMENSIONS), segmentRows: 2 })
    } else if (work === 'remove') await removeRows(store, 'jobs', new Set(ids.map(String)))
    else await compactCollection(store, 'jobs', { segmentRows: 50 })
    process.stdout.write(`${ids.join(' ')}\n`)
  }
}

void main(JSON.parse(process.argv[2]!) as CollectionWriterTask)
