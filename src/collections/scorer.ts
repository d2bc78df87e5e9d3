import { type Segment, ZERO_CODE } from '../formats/collection-segment.ts'
import { encodeOnnx, type OnnxModel, type OnnxNode, type OnnxValue } from '../formats/onnx.ts'
import { openPlainGraph, type PlainGraph } from '../models/runtime/plain-graph.ts'
import { onceEach } from '../once.ts'

/** A row of a segment and its score. */
interface SegmentHit {
  readonly row: number
  readonly score: number
}

/** Scores the rows of segments by the ONNX runtime. */
export interface Scorer {
  /**
   * The `count` rows whose dot product with the query is highest, best first; equal ones in no promised order. Of int8
   * rows the products are those of codes: the query is rounded, too, and scores count in its steps.
   *
   * @param penalties added to the scores, one per row: `-Infinity` leaves a row out
   */
  best(segment: Segment, query: Float32Array, count: number, penalties?: Float32Array): Promise<SegmentHit[]>
  close(): Promise<void>
}

/**
 * The query keeps 7 of the 8 bits: kernels of processors without VNNI add two products of a code (at most 255) and a
 * query value in 16 bits, and 2 · 255 · 63 still fits.
 */
const QUERY_STEPS = 63

/** What a graph depends on. */
interface GraphKey extends Pick<Segment, 'encoding' | 'columns'> {
  readonly masked: boolean
}

/** A scorer; its graphs are made when they are first needed. */
export function createScorer(threads: number): Scorer {
  const opened: PlainGraph[] = []
  const graphOf = onceEach(async (key: string) => {
    const { masked, ...segment } = JSON.parse(key) as GraphKey
    const graph = await openPlainGraph(encodeOnnx(scoringModel(segment, masked)), threads)
    opened.push(graph)
    return graph
  })
  const graphFor = ({ encoding, columns }: Segment, masked: boolean) =>
    graphOf(JSON.stringify({ encoding, columns, masked } satisfies GraphKey))
  return {
    async best(segment, query, count, penalties) {
      const wanted = Math.min(count, segment.rows)
      if (wanted === 0) return []
      const graph = await graphFor(segment, penalties !== undefined)
      const { values, indices } = await graph.run({
        ...inputsOf(segment, query),
        ...(penalties && { penalties: { type: 'float32', data: penalties, shape: shapeOf(segment) } }),
        count: { type: 'int64', data: BigInt64Array.of(BigInt(wanted)), shape: [1] },
      })
      const scores = values as Float32Array
      const rows = indices as BigInt64Array
      return Array.from(scores, (score, index) => ({ row: Number(rows[index]), score })).filter(
        ({ score }) => score !== Number.NEGATIVE_INFINITY,
      )
    },
    async close() {
      for (const graph of opened.splice(0)) await graph.release()
    },
  }
}

/**
 * The shape of the scores. The query is the left factor for float32 rows and the right one for int8: in each case the
 * faster way in the runtime.
 */
function shapeOf({ encoding, rows }: Segment): number[] {
  return encoding === 'int8' ? [rows, 1] : [1, rows]
}

function inputsOf({ rows, columns, vectors, codes, scales }: Segment, query: Float32Array) {
  if (vectors) {
    return {
      rows: { type: 'float32', data: vectors, shape: [rows, columns] },
      query: { type: 'float32', data: query, shape: [1, columns] },
    } as const
  }
  return {
    rows: { type: 'uint8', data: codes!, shape: [rows, columns] },
    query: { type: 'int8', data: toCodes(query), shape: [columns, 1] },
    scales: { type: 'float32', data: scales!, shape: [rows, 1] },
  } as const
}

function toCodes(query: Float32Array): Int8Array {
  let largest = 0
  for (const value of query) largest = Math.max(largest, Math.abs(value))
  const scale = largest / QUERY_STEPS || 1
  return Int8Array.from(query, (value) => Math.round(value / scale))
}

/** TensorProto.DataType.FLOAT. */
const FLOAT = 1

/** rows · query → (scales) → (+ penalties) → TopK. */
function scoringModel({ encoding, columns }: Omit<GraphKey, 'masked'>, masked: boolean): OnnxModel {
  const int8 = encoding === 'int8'
  const scores = int8 ? ['rows', 1] : [1, 'rows']
  const best = int8 ? ['count', 1] : [1, 'count']
  const value = (name: string, type: OnnxValue['type'], shape: OnnxValue['shape']) => ({ name, type, shape })
  const product: OnnxNode[] = int8
    ? [
        { operator: 'MatMulInteger', inputs: ['rows', 'query', 'zero'], outputs: ['sums'] },
        { operator: 'Cast', inputs: ['sums'], outputs: ['floats'], attributes: { to: FLOAT } },
        { operator: 'Mul', inputs: ['floats', 'scales'], outputs: ['scores'] },
      ]
    : [
        {
          operator: 'Gemm',
          inputs: ['query', 'rows', 'nothing'],
          outputs: ['scores'],
          attributes: { transB: 1 },
        },
      ]
  const mask: OnnxNode[] = masked
    ? [{ operator: 'Add', inputs: ['scores', 'penalties'], outputs: ['penalized'] }]
    : []
  return {
    name: 'score',
    opset: 17,
    inputs: [
      value('rows', int8 ? 'uint8' : 'float32', ['rows', columns]),
      value('query', int8 ? 'int8' : 'float32', int8 ? [columns, 1] : [1, columns]),
      ...(int8 ? [value('scales', 'float32', ['rows', 1])] : []),
      ...(masked ? [value('penalties', 'float32', scores)] : []),
      value('count', 'int64', [1]),
    ],
    outputs: [value('values', 'float32', best), value('indices', 'int64', best)],
    initializers: int8
      ? [{ name: 'zero', type: 'uint8', shape: [], data: Uint8Array.of(ZERO_CODE) }]
      : [{ name: 'nothing', type: 'float32', shape: [1], data: Float32Array.of(0) }],
    nodes: [
      ...product,
      ...mask,
      {
        operator: 'TopK',
        inputs: [masked ? 'penalized' : 'scores', 'count'],
        outputs: ['values', 'indices'],
        attributes: { axis: int8 ? 0 : 1 },
      },
    ],
  }
}
