import type { OnnxModel } from '../formats/onnx.ts'
import { type Matrix, rowOf } from '../vector/matrix.ts'

/** A table in bytes: row `r` is `codes[r, …] × scales[r]`. */
export interface QuantizedTable {
  readonly codes: Int8Array
  readonly scales: Float32Array
  readonly rows: number
  readonly columns: number
}

/** Rounds each row to 255 steps of its own largest absolute value. */
export function quantizeTable(table: Matrix): QuantizedTable {
  const codes = new Int8Array(table.data.length)
  const scales = new Float32Array(table.rows)
  for (let row = 0; row < table.rows; row++) {
    const values = rowOf(table, row)
    let largest = 0
    for (const value of values) largest = Math.max(largest, Math.abs(value))
    scales[row] = largest / 127
    if (largest === 0) continue
    for (let column = 0; column < values.length; column++) {
      codes[row * table.columns + column] = Math.round(values[column]! / scales[row]!)
    }
  }
  return { codes, scales, rows: table.rows, columns: table.columns }
}

/** The numbers that the codes stand for. */
export function expandTable({ codes, scales, rows, columns }: QuantizedTable): Matrix {
  const data = Float32Array.from(codes, (code, index) => code * scales[Math.floor(index / columns)]!)
  return { data, rows, columns }
}

/**
 * The graph of a static model, with the inputs and the output of any text encoder: `input_ids` and
 * `attention_mask` `[batch, sequence]` → `last_hidden_state` `[batch, sequence, dimensions]`, zeros where masked.
 */
export function staticModel({ codes, scales, rows, columns }: QuantizedTable, name: string): OnnxModel {
  const batch = ['batch', 'sequence']
  return {
    name,
    opset: 17,
    inputs: [
      { name: 'input_ids', type: 'int64', shape: batch },
      { name: 'attention_mask', type: 'int64', shape: batch },
    ],
    outputs: [{ name: 'last_hidden_state', type: 'float32', shape: [...batch, columns] }],
    initializers: [
      { name: 'table', type: 'int8', shape: [rows, columns], data: codes },
      { name: 'scales', type: 'float32', shape: [rows, 1], data: scales },
      { name: 'last_axis', type: 'int64', shape: [1], data: BigInt64Array.of(-1n) },
    ],
    nodes: [
      { operator: 'Gather', inputs: ['table', 'input_ids'], outputs: ['codes'], attributes: { axis: 0 } },
      { operator: 'Cast', inputs: ['codes'], outputs: ['values'], attributes: { to: FLOAT } },
      { operator: 'Gather', inputs: ['scales', 'input_ids'], outputs: ['scale'], attributes: { axis: 0 } },
      { operator: 'Cast', inputs: ['attention_mask'], outputs: ['mask'], attributes: { to: FLOAT } },
      { operator: 'Unsqueeze', inputs: ['mask', 'last_axis'], outputs: ['kept'] },
      { operator: 'Mul', inputs: ['scale', 'kept'], outputs: ['factor'] },
      { operator: 'Mul', inputs: ['values', 'factor'], outputs: ['last_hidden_state'] },
    ],
  }
}

/** TensorProto.DataType.FLOAT. */
const FLOAT = 1
