import type { Context } from '../context.ts'
import { encodeOnnx } from '../formats/onnx.ts'
import type { Canary, Learned, Manifest } from '../models/catalog/manifest.ts'
import { type LearnedModel, writeLearned } from '../models/files/write-learned.ts'
import type { WritableStore } from '../storage/store.ts'
import { loadTokenizer } from '../tokenizer/tokenizer.ts'
import { createMatrix, type Matrix, rowOf } from '../vector/matrix.ts'
import { normalizeRows } from '../vector/normalize.ts'
import { embedBags } from './bags.ts'
import type { BaseModel } from './base-model.ts'
import type { LearnOutcome } from './learn.ts'
import { quantizeTable, staticModel } from './static-model.ts'

/** What a learned model is written with. */
interface OutcomeParts {
  /** Such as `jobs.acme`; the month is put behind it. */
  readonly name: string
  /** Hash of the pairs; counts are those of the report. */
  readonly sha256: string
  readonly date: Date
  readonly model: BaseModel
  /** The bytes of the base's tokenizer.json, which a table takes over. */
  tokenizer(): Promise<Uint8Array>
  /** Where its folder goes. */
  readonly store: Pick<WritableStore, 'write'>
  readonly context: Context
}

const CANARIES = ['Registered nurse, intensive care', '软件工程师']
const CANARY_VALUES = 8

/**
 * Writes what was learned as a model of its own. One that the report speaks against is marked as forced.
 *
 * @returns its manifest
 * @throws AppError as {@link writeLearned} does
 */
export async function writeOutcome(outcome: LearnOutcome, parts: OutcomeParts): Promise<Manifest> {
  const { report } = outcome
  const common = {
    name: parts.name,
    base: parts.model.manifest,
    data: { sha256: parts.sha256, counts: countsOf(outcome) },
    date: parts.date,
    forced: !report.decision.ships,
    report,
    ...(report.calibration && { changes: { calibration: report.calibration.calibration } }),
  }
  const described =
    outcome.side === 'table' ? await describeTable(outcome, parts) : await describeMap(outcome, parts)
  return writeLearned({ ...common, ...described }, parts.store, parts.context)
}

function countsOf({ report: { data, split } }: LearnOutcome): Learned['data']['counts'] {
  const { pairs, queries, labels, labelsWithPairs } = data
  return { pairs, queries, labels, labelsWithPairs, validationQueries: split.validationQueries }
}

type Described = Pick<LearnedModel, 'made' | 'canaries'>

/** A table in bytes: the rows that were learned, and all others as they are. */
async function describeTable(
  { weight, tokens }: LearnOutcome,
  { model, tokenizer }: OutcomeParts,
): Promise<Described> {
  const { manifest } = model
  const bytes = await tokenizer()
  const { vocabularySize } = await loadTokenizer(Buffer.from(bytes).toString('utf8'), manifest)
  const table = await model.rows(Int32Array.from({ length: vocabularySize }, (_, token) => token))
  tokens!.forEach((token, row) => {
    rowOf(table, token).set(rowOf(weight, row))
  })
  const graph = encodeOnnx(staticModel(quantizeTable(table), manifest.id))
  const made = { side: 'table', graph, precision: 'int8', tokenizer: bytes } as const
  return { made, canaries: canariesOf(await tableVectors(table, model)) }
}

async function tableVectors(table: Matrix, { tokens, manifest }: BaseModel): Promise<Matrix> {
  const ids = await tokens(CANARIES)
  const { units, lengths } = embedBags(table, ids)
  if (manifest.normalize) return units
  // The mean of the rows, as the pooling has it.
  for (const [row, list] of ids.entries()) {
    const vector = rowOf(units, row)
    for (let column = 0; column < vector.length; column++) vector[column]! *= lengths[row]! / list.length
  }
  return units
}

async function describeMap({ weight, side }: LearnOutcome, { model }: OutcomeParts): Promise<Described> {
  const vectors = await model.vectors(CANARIES)
  const both = side === 'both'
  const mapped = both ? mapRows(vectors, weight) : vectors
  if (both && model.manifest.normalize) normalizeRows(mapped)
  const made = { side: both ? 'both' : 'query', map: weight } as const
  return { made, canaries: canariesOf(mapped) }
}

function mapRows(vectors: Matrix, map: Matrix): Matrix {
  const mapped = createMatrix(vectors.rows, map.columns)
  for (let row = 0; row < vectors.rows; row++)
    rowOf(vectors, row).forEach((value, place) => {
      const weights = rowOf(map, place)
      for (let column = 0; column < weights.length; column++)
        rowOf(mapped, row)[column]! += value * weights[column]!
    })
  return mapped
}

function canariesOf(vectors: Matrix): Canary[] {
  return CANARIES.map((text, row) => ({
    text,
    values: Array.from(rowOf(vectors, row).subarray(0, CANARY_VALUES), (value) => Number(value.toFixed(6))),
  }))
}
