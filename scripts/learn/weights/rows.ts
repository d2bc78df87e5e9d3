import { AppError } from '../../../src/errors.ts'
import { createWrongRows, nameRows } from '../../../src/formats/wrong-rows.ts'
import { isRecord } from '../../../src/is-record.ts'
import { requireHeader } from '../../../src/learning/header.ts'
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
  /** What is strange in the files, a sentence each. */
  readonly notes: readonly string[]
}

const HEADER = {
  fields: ['query', 'positive', 'positiveId'],
  needed: [['query'], ['positive', 'positiveId']],
  isStrict: false,
}

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
  const wrong = createWrongRows(pairs)
  let conflicting = 0
  const { file, records } = await openRows(pairs, hints)
  if (!/json/.test(file.layout.format)) requireHeader(pairs, file.layout.columns, HEADER)
  for await (const { fields, line, problem } of records) {
    const row = fields === undefined ? (problem ?? 'The row cannot be read.') : readRow(fields, candidates)
    if (typeof row === 'string') {
      wrong.add(line, row)
      continue
    }
    const key = normalizeQuery(joinTexts(textsOf(row.query)))
    const known = asked.get(key)
    if (!known) asked.set(key, row)
    else if (known.own !== row.own) conflicting += 1
  }
  refuse(wrong.tell())
  return {
    asked: [...asked.values()],
    candidates: candidates.list,
    notes: notesOf(candidates.equal, conflicting),
  }
}

function notesOf(equal: number, conflicting: number): string[] {
  const notes: readonly (readonly [count: number, note: string])[] = [
    [
      equal,
      `${equal} labels have the text of another one; where a pair names the text, the first of them counts.`,
    ],
    [
      conflicting,
      `${conflicting} pairs name another right candidate than the first pair of the same query does; the first counts.`,
    ],
  ]
  return notes.flatMap(([count, note]) => (count > 0 ? [note] : []))
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
    /** Labels that have the text of an earlier one. */
    equal: list.length - texts.size,
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
  throw new AppError('invalid_request', nameRows(wrong).join('\n'), { details: { field: 'pairs' } })
}
