import type { CandidateIndex, IndexInfo } from '../../src/collections/candidate-index.ts'
import { describeModel } from '../../src/collections/manifest.ts'
import type { CollectionRow } from '../../src/collections/write.ts'
import { type Context, createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { sameDocuments } from '../../src/models/catalog/learned.ts'
import type { CollectionCommandSettings } from './commands.ts'
import { openIndex } from './open-index.ts'

/** A copy that is done. */
interface Copied {
  readonly from: IndexInfo
  readonly to: IndexInfo
}

/**
 * Copies a collection from one place to another, row by row, in the place of the one of that name. It counts there when
 * all rows have come and none has changed meanwhile; until then, and after a failure, what was there is there.
 *
 * @param shown called with the rows so far
 * @throws AppError `invalid_request` when there is no such collection, or the one that is there is of another model;
 * `overloaded` when it was changed meanwhile; `artifact_corrupt` when rows are missing
 */
export async function copyCollection(
  name: string,
  source: Pick<CandidateIndex, 'read' | 'info'>,
  target: Pick<CandidateIndex, 'build' | 'info'>,
  shown: (rows: number) => void = () => {},
  context: Context = createContext(),
): Promise<Copied> {
  const { content, ...from } = await source.read(name, context)
  requireFit(name, from, await target.info(name, context))
  const counted = countRows(name, from, content, () => source.info(name, context), shown)
  const to = await target.build(name, counted, { model: from.model }, context)
  if (to.rows === from.rows) return { from, to }
  throw missingRows(name, from.rows, to.rows)
}

/** A copy takes the place of a collection, so that one of another model under that name is somebody else's. */
function requireFit(name: string, { model }: IndexInfo, there: IndexInfo | undefined): void {
  if (!there) return
  if (sameDocuments(there.model, model) && there.model.dimensions === model.dimensions) return
  throw new AppError(
    'invalid_request',
    `The collection ${name} to be copied is of ${describeModel(model)}, and the one that the copy would replace of ${describeModel(there.model)}; delete that one, or copy to another place.`,
    { details: { field: 'model', collection: name } },
  )
}

/** Ends in an error, and so the build with it, unless all rows of one version have come. */
async function* countRows(
  name: string,
  from: IndexInfo,
  rows: AsyncIterable<CollectionRow>,
  newest: () => Promise<IndexInfo | undefined>,
  shown: (rows: number) => void,
): AsyncGenerator<CollectionRow> {
  let count = 0
  try {
    for await (const row of rows) {
      yield row
      if (++count % 1000 === 0) shown(count)
    }
  } catch (error) {
    // Two builds meanwhile have deleted the rows of this version.
    const now = await newest().catch(() => from)
    throw now?.version === from.version ? error : changedRows(name, from, now)
  }
  const now = await newest()
  if (now?.version !== from.version) throw changedRows(name, from, now)
  if (count !== from.rows) throw missingRows(name, from.rows, count)
}

function changedRows(name: string, from: IndexInfo, now: IndexInfo | undefined): AppError {
  return new AppError(
    'overloaded',
    `Collection ${name} was changed while it was copied (version ${from.version}, then ${now?.version ?? 'none'}); nothing was copied; try again when it rests.`,
  )
}

function missingRows(name: string, expected: number, got: number): AppError {
  return new AppError(
    'artifact_corrupt',
    `Of collection ${name} ${got} rows have come; expected ${expected}; copy it again, and build it anew should that fail too.`,
    { details: { collection: name, expected, got }, retryable: false },
  )
}

/** `collections copy <from> <to> --name <name>`: copies, and prints what was copied. Throws AppError as the copy does. */
export async function runCopyCommand(
  [from, to]: readonly string[],
  settings: CollectionCommandSettings,
): Promise<void> {
  const { name, encoding, environment, print } = settings
  if (from === undefined || to === undefined || name === undefined)
    throw new AppError(
      'invalid_request',
      'Expected copy <from> <to> --name <name>: two places, and a collection.',
    )
  if (from === to)
    throw new AppError('invalid_request', `Both places are ${from}; expected two different ones.`)
  if (encoding !== undefined && encoding !== 'float32' && encoding !== 'int8')
    throw new AppError('invalid_request', `The encoding is ${encoding}; expected float32 or int8.`)
  const source = openIndex(from, { environment })
  const target = openIndex(to, { environment, encoding })
  const show = (rows: number) => process.stderr.isTTY && process.stderr.write(`\r${rows} rows`)
  try {
    if (encoding !== undefined && target.engine !== 'exact')
      throw new AppError(
        'invalid_request',
        `${to} keeps vectors in numbers of its own; leave --encoding out.`,
      )
    const copied = await copyCollection(name, source, target, show)
    print(
      `Copied ${copied.to.rows} rows of ${copied.to.model.id}: version ${copied.from.version} of ${name} (${source.engine}) is version ${copied.to.version} (${target.engine}).`,
    )
  } finally {
    await source.close()
    await target.close()
  }
}
