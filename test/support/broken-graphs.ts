import { encodeOnnx, type OnnxModel, type OnnxNode, type OnnxTensor } from '../../src/formats/onnx.ts'
import { TINY_WORDS } from './tiny-model.ts'

/** Columns of the graphs. */
export const WIDTH = 8

/** How a graph of {@link brokenGraph} goes wrong. */
export interface BrokenGraph {
  /** What the vectors of these words are made of. */
  readonly values?: Readonly<Record<string, number>>
  /** Nodes that make `last_hidden_state` of `vectors [batch, sequence, 8]`. */
  readonly last?: readonly OnnxNode[]
  readonly constants?: readonly OnnxTensor[]
  /** What the graph says of its output. */
  readonly shape?: readonly (number | string)[]
}

const int64 = (name: string, ...values: number[]): OnnxTensor => ({
  name,
  type: 'int64',
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
})

/** Constants to slice by: all but the first along an axis. */
export const SLICES = [int64('one', 1), int64('end', 1000), int64('axis0', 0), int64('axis1', 1)]

/** Leaves out the first of `vectors` along an axis; nothing where there is one only. */
export function dropFirst(axis: 0 | 1): OnnxNode {
  return {
    operator: 'Slice',
    inputs: ['vectors', 'one', 'end', `axis${axis}`],
    outputs: ['last_hidden_state'],
  }
}

/** Keeps all columns of `vectors` in a way that no graph's reader can foresee. */
export const UNFORESEEN: Pick<BrokenGraph, 'last' | 'constants'> = {
  constants: [int64('zero', 0), int64('eight', WIDTH), int64('axis2', 2)],
  last: [
    { operator: 'Shape', inputs: ['input_ids'], outputs: ['shape'] },
    { operator: 'Gather', inputs: ['shape', 'zero'], outputs: ['rows'] },
    { operator: 'Mul', inputs: ['rows', 'zero'], outputs: ['nothing'] },
    { operator: 'Add', inputs: ['nothing', 'eight'], outputs: ['columns'] },
    { operator: 'Slice', inputs: ['vectors', 'zero', 'columns', 'axis2'], outputs: ['last_hidden_state'] },
  ],
}

/** A graph that looks words up in a table of 8 columns, all 1 but where `values` says otherwise. */
export function brokenGraph({ values = {}, last, constants = [], shape }: BrokenGraph): Uint8Array {
  const data = new Float32Array(TINY_WORDS.length * WIDTH).fill(1)
  for (const [word, value] of Object.entries(values)) data[TINY_WORDS.indexOf(word) * WIDTH + 3] = value
  return encodeOnnx(
    graphOf('last_hidden_state', shape ?? ['batch', 'sequence', WIDTH], {
      initializers: [
        { name: 'table', type: 'float32', shape: [TINY_WORDS.length, WIDTH], data },
        ...constants,
      ],
      nodes: [
        { operator: 'Gather', inputs: ['table', 'input_ids'], outputs: ['vectors'] },
        ...(last ?? [{ operator: 'Identity', inputs: ['vectors'], outputs: ['last_hidden_state'] }]),
      ],
    }),
  )
}

/** A reranker whose score is the sum of the values of a pair's words, 1 where `values` does not say. */
export function brokenJudge(
  values: Readonly<Record<string, number>>,
  { labels = 1, drop = false }: { labels?: number; drop?: boolean } = {},
): Uint8Array {
  const data = new Float32Array(TINY_WORDS.length * labels).fill(1)
  for (const [word, value] of Object.entries(values)) data[TINY_WORDS.indexOf(word) * labels] = value
  return encodeOnnx(
    graphOf('logits', ['batch', drop ? 'labels' : labels], {
      initializers: [{ name: 'table', type: 'float32', shape: [TINY_WORDS.length, labels], data }, ...SLICES],
      nodes: [
        { operator: 'Gather', inputs: ['table', 'input_ids'], outputs: ['vectors'] },
        {
          operator: 'ReduceSum',
          inputs: ['vectors', 'axis1'],
          outputs: [drop ? 'sums' : 'logits'],
          attributes: { keepdims: 0 },
        },
        ...(drop
          ? [{ operator: 'Slice', inputs: ['sums', 'one', 'end', 'axis0'], outputs: ['logits'] }]
          : []),
      ],
    }),
  )
}

function graphOf(
  output: string,
  shape: readonly (number | string)[],
  parts: Pick<OnnxModel, 'initializers' | 'nodes'>,
): OnnxModel {
  return {
    name: 'broken',
    opset: 17,
    inputs: [{ name: 'input_ids', type: 'int64', shape: ['batch', 'sequence'] }],
    outputs: [{ name: output, type: 'float32', shape }],
    ...parts,
  }
}
