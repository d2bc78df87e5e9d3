import type { Context } from '../context.ts'
import type { Manifest } from '../models/catalog/manifest.ts'
import { promptOf } from '../models/catalog/prompt.ts'
import type { Engine } from '../models/engine/engine.ts'
import { createMatrix, type Matrix, rowOf } from '../vector/matrix.ts'

/** Which side of a search texts are on. */
type TextRole = 'query' | 'document'

/** A model that is to be taught, as learning sees it. */
export interface BaseModel {
  readonly manifest: Manifest
  /** `table`: a text's vector is the mean of its tokens' rows; `vectors`: anything else. */
  readonly kind: 'table' | 'vectors'
  /** Unit vectors, a row each, zeros for a text without a known token; without a role as the manifest normalizes. */
  vectors(texts: readonly string[], role?: TextRole): Promise<Matrix>
  /** The tokens of each text that count, as the model is given them. */
  tokens(texts: readonly string[], role?: TextRole): Promise<Int32Array[]>
  /** The rows of a table. */
  rows(ids: Int32Array): Promise<Matrix>
}

/** Texts between two signs of progress. */
const STEP = 1024
const MOST_TOKEN_BYTES = 256 * 1024 * 1024

/**
 * Opens a model of an engine for learning. Whether it is a table is tried out: in one the vector of several tokens is the
 * mean of theirs.
 *
 * @param shown told how many of the texts are done
 */
export async function openBaseModel(
  engine: Pick<Engine, 'embed' | 'tokenize'>,
  manifest: Manifest,
  context: Context,
  shown: (done: number, total: number) => void = () => undefined,
): Promise<BaseModel> {
  const { id, dimensions } = manifest
  const embed = async (
    inputs: readonly (string | readonly number[])[],
    normalize: boolean,
    role?: TextRole,
  ) => {
    const vectors = createMatrix(inputs.length, dimensions)
    for (let start = 0; start < inputs.length; start += STEP) {
      const part = inputs.slice(start, start + STEP)
      const found = await engine.embed({ model: id, inputs: part, options: { role, normalize } }, context)
      vectors.data.set(found.vectors.data, start * dimensions)
      shown(start + part.length, inputs.length)
    }
    return vectors
  }
  const rows = (ids: Int32Array) =>
    embed(
      Array.from(ids, (token) => [token]),
      false,
    )
  const tokens = async (texts: readonly string[], role?: TextRole) => {
    const prompt = promptOf(manifest, role)
    const all: Int32Array[] = []
    for (let start = 0; start < texts.length; start += STEP) {
      const part = texts.slice(start, start + STEP).map((text) => prompt + text)
      const job = { model: id, texts: part, specialTokens: true, maxBytes: MOST_TOKEN_BYTES }
      const json = Buffer.from(await engine.tokenize(job, context)).toString()
      for (const list of JSON.parse(json) as { readonly id: number }[][])
        all.push(Int32Array.from(list.slice(0, manifest.maxTokens), ({ id: token }) => token))
      shown(start + part.length, texts.length)
    }
    return all
  }
  return {
    manifest,
    kind: (await isTable(manifest, rows, tokens, embed)) ? 'table' : 'vectors',
    vectors: (texts, role) => embed(texts, role !== undefined || manifest.normalize, role),
    tokens,
    rows,
  }
}

/** Words that vocabularies of any language have the letters of. */
const PROBE = 'registered nurse, intensive care 软件工程师 data 2026'
const NEAR = 1e-3

async function isTable(
  { pooling, heads, learned }: Manifest,
  rows: BaseModel['rows'],
  tokens: BaseModel['tokens'],
  embed: (inputs: readonly (readonly number[])[], normalize: boolean) => Promise<Matrix>,
): Promise<boolean> {
  if (pooling !== 'mean' || heads || learned?.side === 'query' || learned?.side === 'both') return false
  const [ids] = await tokens([PROBE], 'query')
  if (!ids || ids.length < 2) return false
  const whole = rowOf(await embed([Array.from(ids)], false), 0)
  const single = await rows(ids)
  const mean = new Float64Array(whole.length)
  let largest = 0
  for (let row = 0; row < single.rows; row++)
    rowOf(single, row).forEach((value, column) => {
      mean[column]! += value / single.rows
    })
  for (const value of mean) largest = Math.max(largest, Math.abs(value))
  return whole.every((value, column) => Math.abs(value - mean[column]!) <= NEAR * largest)
}
