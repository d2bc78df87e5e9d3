import { AppError } from '../errors.ts'
import { createMatrix, type Matrix } from '../vector/matrix.ts'
import { type AdaptedSide, createAdapterStudent, identity } from './adapter-student.ts'
import type { BaseModel } from './base-model.ts'
import type { Products } from './products.ts'
import type { Student } from './student.ts'
import { createTableStudent } from './table-student.ts'

/** What of a model is fitted: the rows of its table, or a map of the vectors of queries alone or of all texts. */
export type LearnedSide = 'table' | AdaptedSide

/** All texts that a student is asked for, each once. */
interface LearningTexts {
  readonly queries: readonly string[]
  readonly labels: readonly string[]
}

/** A model with its texts, of which students can be made. */
export interface Trainable {
  readonly side: LearnedSide
  /** Of a table: the token that each row of the weight belongs to, ascending. */
  readonly tokens: Int32Array | undefined
  /** A weight that changes nothing yet. */
  start(): Matrix
  /** A student whose weight is fitted in place. */
  student(weight: Matrix): Student
}

/**
 * Reads what learning needs of a model: each text once, tokens or vectors.
 *
 * @param side what is fitted; the table of a static model when absent, else a map of queries
 * @throws AppError `invalid_request` for a table where the model has none
 */
export async function openTrainable(
  model: BaseModel,
  texts: LearningTexts,
  side: LearnedSide | undefined,
  products: Products,
): Promise<Trainable> {
  const isTable = model.kind === 'table'
  if (side === 'table' && !isTable)
    throw new AppError(
      'invalid_request',
      `Model ${model.manifest.id} is no static model and has no table to learn; expected side query or both.`,
      { details: { field: 'side' } },
    )
  if (side === undefined ? isTable : side === 'table') return openTable(model, texts)
  const queries = await model.vectors(texts.queries, 'query')
  const vectors = { queries, labels: await model.vectors(texts.labels, 'document') }
  const adapted = side === 'both' ? 'both' : 'query'
  return {
    side: adapted,
    tokens: undefined,
    start: () => identity(model.manifest.dimensions),
    student: (weight) => createAdapterStudent(weight, vectors, adapted, products),
  }
}

async function openTable(model: BaseModel, texts: LearningTexts): Promise<Trainable> {
  const queries = await model.tokens(texts.queries, 'query')
  const labels = await model.tokens(texts.labels, 'document')
  const known = new Set<number>()
  for (const ids of [...queries, ...labels]) for (const id of ids) known.add(id)
  const tokens = Int32Array.from(known).sort()
  const places = new Map(Array.from(tokens, (token, place) => [token, place]))
  const toPlaces = (lists: readonly Int32Array[]) => lists.map((ids) => ids.map((id) => places.get(id)!))
  const rows = await model.rows(tokens)
  const bags = { queries: toPlaces(queries), labels: toPlaces(labels) }
  return {
    side: 'table',
    tokens,
    start: () => ({ ...rows, data: rows.data.slice() }),
    student: (weight) => createTableStudent(weight, bags),
  }
}

/** The mean of weights that began at the same place. */
export function meanWeight(weights: readonly Matrix[]): Matrix {
  const mean = createMatrix(weights[0]!.rows, weights[0]!.columns)
  for (const { data } of weights)
    for (let at = 0; at < data.length; at++) mean.data[at]! += data[at]! / weights.length
  return mean
}

/** Texts that get a place each, the same again for the same text. */
export function createTextLists() {
  const queries = createTextList()
  const labels = createTextList()
  return {
    queries: queries.placesOf,
    labels: labels.placesOf,
    /** Labels at the places that they have in the list, equal texts too; to be called first. */
    begin: (texts: readonly string[]) => labels.append(texts),
    texts: (): LearningTexts => ({ queries: queries.texts, labels: labels.texts }),
  }
}

function createTextList() {
  const texts: string[] = []
  const places = new Map<string, number>()
  const append = (added: readonly string[]) => {
    for (const text of added) {
      if (!places.has(text)) places.set(text, texts.length)
      texts.push(text)
    }
  }
  const placesOf = (asked: readonly string[]) =>
    Int32Array.from(asked, (text) => {
      if (!places.has(text)) append([text])
      return places.get(text)!
    })
  return { texts, append, placesOf }
}

/** Where texts get their places. */
export type TextLists = ReturnType<typeof createTextLists>
