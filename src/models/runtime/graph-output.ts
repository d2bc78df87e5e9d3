import { AppError, type ErrorDetails } from '../../errors.ts'
import { allFinite } from '../../vector/finite.ts'
import type { TokenVectors } from '../../vector/pooling.ts'
import type { OutputShape, Tensor } from './onnx-runtime.ts'
import type { TokenBatch } from './token-batch.ts'

/** One output of one model's graph: how errors call it, and what its manifest promises of it. */
export interface GraphOutput {
  readonly model: string
  readonly name: string
  /** Columns of each vector; any number when absent. */
  readonly columns?: number | undefined
  /** Whether there may be more columns, of which the first are kept. */
  readonly cut?: boolean | undefined
}

function isWide(width: number, { columns, cut }: GraphOutput): boolean {
  return columns === undefined || width === columns || (cut === true && width > columns)
}

/** What a graph says of an output before it has run: axes known only at run time are texts. */
type Axes = readonly (number | string)[]

/**
 * Compares what a graph says of its token vectors with its manifest; an axis that it leaves open is looked at in each run.
 *
 * @throws AppError `artifact_corrupt` for another type, another number of axes, or another width
 */
export function requireTokenVectors(shape: OutputShape | undefined, output: GraphOutput): void {
  const { type, axes } = describeShape(shape)
  const { model, name, columns } = output
  if (type !== undefined && type !== 'float32') {
    const wanted = `expected float32 [batch, sequence, ${columns ?? 'dimensions'}]; export it with float32 outputs`
    throw wrongGraph(output, `gives ${type} [${axes.join(', ')}]`, wanted)
  }
  if (axes.length > 0 && axes.length !== 3) {
    const wanted = `expected [batch, sequence, ${columns ?? 'dimensions'}], a vector for each token; export it as a text encoder`
    throw wrongGraph(output, `gives [${axes.join(', ')}]`, wanted)
  }
  const width = axes[2]
  if (typeof width !== 'number' || width < 1 || isWide(width, output)) return
  throw new AppError(
    'artifact_corrupt',
    `The graph of model ${model} gives vectors of ${width} columns in its output ${name}; expected the manifest's ${columns}; correct "dimensions" in the catalog, or the graph.`,
    { details: { model, output: name, expected: String(columns), got: String(width) }, retryable: false },
  )
}

/**
 * Compares what a graph says of its scores with what a reranker gives: one a pair.
 *
 * @throws AppError `artifact_corrupt`
 */
export function requireScores(shape: OutputShape | undefined, output: GraphOutput): void {
  const { type, axes } = describeShape(shape)
  const labels = axes.length === 1 ? 1 : axes[1]
  const single = axes.length <= 2 && (typeof labels !== 'number' || labels === 1 || labels < 1)
  if ((type === undefined || type === 'float32') && single) return
  const wanted = 'expected float32 [batch, 1]; export it with one label'
  throw wrongGraph(output, `gives ${type} [${axes.join(', ')}]`, wanted)
}

/** A graph may say nothing: then there are no axes. Axes without a name have negative numbers. */
function describeShape(shape: OutputShape | undefined): { type: string | undefined; axes: Axes } {
  return shape?.isTensor ? { type: shape.type, axes: shape.shape } : { type: undefined, axes: [] }
}

function wrongGraph({ model, name }: GraphOutput, got: string, wanted: string): AppError {
  return new AppError(
    'artifact_corrupt',
    `The graph of model ${model} ${got} in its output ${name}; ${wanted}.`,
    {
      details: { model, output: name },
      retryable: false,
    },
  )
}

/**
 * The token vectors of one run. Only the shape is looked at here: see {@link requireFinite}.
 *
 * @throws AppError `inference_failed` unless there are as many rows, tokens and columns as were asked for
 */
export function readTokenVectors(tensor: Tensor, batch: TokenBatch, output: GraphOutput): TokenVectors {
  const [rows, sequence, columns, ...more] = tensor.dims
  const { data } = tensor
  const asked = rows === batch.lengths.length && sequence === batch.sequence && more.length === 0
  if (data instanceof Float32Array && asked && columns && isWide(columns, output)) {
    return { data, sequence, columns, lengths: batch.lengths }
  }
  const wanted = `[${batch.lengths.length}, ${batch.sequence}, ${output.columns ?? 'dimensions'}]`
  throw wrongAnswer(tensor, output, `${wanted}; correct "dimensions" in the catalog, or the graph`)
}

/**
 * The scores of one run, one a pair.
 *
 * @throws AppError `inference_failed` for another number of them, or for NaN or an infinity
 */
export function readScores(tensor: Tensor, { lengths }: TokenBatch, output: GraphOutput): Float32Array {
  const { data, dims } = tensor
  const single = dims.length === 1 || (dims.length === 2 && dims[1] === 1)
  if (!(data instanceof Float32Array) || dims[0] !== lengths.length || !single) {
    throw wrongAnswer(tensor, output, `[${lengths.length}, 1]; export it with one label`)
  }
  return data
}

function wrongAnswer({ type, dims }: Tensor, { model, name }: GraphOutput, wanted: string): AppError {
  return new AppError(
    'inference_failed',
    `Model ${model} answered ${type} [${dims.join(', ')}] in its output ${name}; expected float32 ${wanted}.`,
    { details: { model, output: name } },
  )
}

/** How many places an error names. */
const MOST_NAMED = 10

/**
 * Lets outputs pass in which every number is finite.
 *
 * @param broken the places of those with NaN or an infinity
 * @param field what the caller calls the list that the places are in: `input` or `texts`
 * @throws AppError `inference_failed` that names model, output and places
 */
export function requireFinite(
  broken: readonly number[],
  total: number,
  field: string,
  { model, name }: GraphOutput,
): void {
  if (broken.length === 0) return
  const inputs = broken.slice(0, MOST_NAMED).map((place) => `${field}[${place}]`)
  const list = `${inputs.join(', ')}${broken.length > inputs.length ? ' and others' : ''}`
  const which = total === 1 ? '' : ` for ${broken.length} of ${total} (${list})`
  const details: ErrorDetails = { model, output: name, inputs }
  throw new AppError(
    'inference_failed',
    `Model ${model} gave NaN or an infinity in its output ${name}${which}; expected finite numbers; its weights are broken, or its number format is too narrow for the text: run "npm run models -- verify ${model}".`,
    { details },
  )
}

/** The places of scores that are NaN or an infinity. */
export function brokenScores(scores: Float32Array): number[] {
  if (allFinite(scores)) return []
  return Array.from(scores.keys()).filter((place) => !Number.isFinite(scores[place]))
}

/** Whether an error says that a graph ran, and gave what no vector or score can be. */
export function isWrongOutput({ code, details }: AppError): boolean {
  return code === 'inference_failed' && details.output !== undefined
}
