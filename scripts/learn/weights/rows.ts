import { AppError } from '../../../src/errors.ts'
import { isRecord } from '../../../src/is-record.ts'
import { normalizeQuery } from '../../../src/learning/split.ts'
import {
  type FieldValue,
  hasText,
  joinTexts,
  type MatchDocument,
  textsOf,
} from '../../../src/services/match/document.ts'
import { type FileOptions, openRows } from '../../console/rows.ts'
import { readDocuments } from '../../match/documents.ts'
import { toFields } from '../../match/fields.ts'

/** A query of the pairs with the candidate that is right for it. */
interface AskedQuery {
  readonly query: MatchDocument
  /** Its place among the candidates. */
  readonly own: number
}

/** What weights are learned from. */
export interface WeighedRows {
  /** Each distinct query once, with the first candidate that is right for it. */
  readonly asked: readonly AskedQuery[]
  readonly candidates: readonly MatchDocument[]
}

/** Wrong rows that are named; of the others the number. */
const MOST_NAMED = 20

/**
 * Reads pairs whose query and positive are texts or documents of fields, as `/match` takes them, and the candidates: the
 * rows of `labels`, or where there is no such file the distinct positives.
 *
 * @throws AppError `invalid_request` that names each wrong row with its field
 */
export async function readWeighedRows(
  pairs: string,
  labels: string | undefined,
  hints: FileOptions,
): Promise<WeighedRows> {
  const candidates = createCandidates(labels === undefined ? undefined : await readLabels(labels))
  const asked = new Map<string, AskedQuery>()
  const wrong: string[] = []
  const { records } = await openRows(pairs, hints)
  for await (const { fields, line, problem } of records) {
    const row = fields === undefined ? (problem ?? 'The row cannot be read.') : readRow(fields, candidates)
    if (typeof row === 'string') {
      wrong.push(`${pairs}:${line}: ${row}`)
      continue
    }
    const key = normalizeQuery(joinTexts(textsOf(row.query)))
    if (!asked.has(key)) asked.set(key, row)
  }
  refuse(wrong)
  return { asked: [...asked.values()], candidates: candidates.list }
}

function readRow(
  { query, positive, positiveId }: Readonly<Record<string, unknown>>,
  candidates: ReturnType<typeof createCandidates>,
): AskedQuery | string {
  const document = documentOf(query, 'query')
  if (!document)
    return 'query is missing or has no text; expected a text or an object such as {"title": "…"}.'
  const id = typeof positiveId === 'number' ? String(positiveId) : positiveId
  if (typeof id === 'string' && id.trim() !== '') {
    const own = candidates.byId(id.trim())
    return own === undefined
      ? `positiveId is none of the labels: ${JSON.stringify(id.slice(0, 60))}.`
      : { query: document, own }
  }
  const answer = documentOf(positive, 'positive')
  if (!answer) return 'positive and positiveId are missing; expected one of the two.'
  const own = candidates.byText(answer)
  return own === undefined ? 'positive is the text of none of the labels.' : { query: document, own }
}

/** A text, an object, or the JSON of an object, which is what a CSV file has. */
function documentOf(value: unknown, id: string): MatchDocument | undefined {
  const fields = fieldsOf(value)
  const document = fields && { id, index: 0, fields: fields as Record<string, FieldValue> }
  return document && hasText(document) ? document : undefined
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (isRecord(value)) return toFields(value, false).fields
  if (typeof value !== 'string') return undefined
  if (!value.trimStart().startsWith('{')) return { text: value }
  try {
    const parsed: unknown = JSON.parse(value)
    if (isRecord(parsed)) return toFields(parsed, false).fields
  } catch {
    // A text may begin with a brace.
  }
  return { text: value }
}

async function readLabels(path: string): Promise<MatchDocument[]> {
  const labels: MatchDocument[] = []
  const wrong: string[] = []
  const reading = {
    left: (place: string, reason: string) => void wrong.push(`${place}: ${reason}`),
    renamed: () => undefined,
  }
  for await (const { id, fields } of readDocuments(path, {}, reading))
    labels.push({ id, index: labels.length, fields: fields as Record<string, FieldValue> })
  refuse(wrong)
  return labels
}

/** Candidates by id and text; without a file of labels they grow by each positive. */
function createCandidates(labels: readonly MatchDocument[] | undefined) {
  const list = labels ? [...labels] : []
  const ids = new Map(list.map(({ id }, place) => [id, place]))
  const texts = new Map<string, number>()
  const keyOf = (document: MatchDocument) => normalizeQuery(joinTexts(textsOf(document)))
  list.forEach((document, place) => {
    const key = keyOf(document)
    if (!texts.has(key)) texts.set(key, place)
  })
  return {
    list,
    byId: (id: string) => ids.get(id),
    byText(document: MatchDocument): number | undefined {
      const key = keyOf(document)
      if (!labels && !texts.has(key)) texts.set(key, list.push({ ...document, index: list.length }) - 1)
      return texts.get(key)
    },
  }
}

function refuse(wrong: readonly string[]): void {
  if (wrong.length === 0) return
  const more = wrong.length > MOST_NAMED ? [`and ${wrong.length - MOST_NAMED} rows more`] : []
  throw new AppError('invalid_request', [...wrong.slice(0, MOST_NAMED), ...more].join('\n'), {
    details: { field: 'pairs' },
  })
}
