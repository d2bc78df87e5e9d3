import type { OnnxTensor } from '../../src/formats/onnx.ts'

/**
 * Weights of maps keep 7 of the 8 bits, like `reduce_range` of the usual quantizer: kernels of processors without
 * VNNI add two products of an activation (at most 255) and a weight in 16 bits, and 2 · 255 · 64 still fits.
 */
const MAP_STEPS = 64
/** Rows of a table are only looked up: nothing can overflow. */
const TABLE_STEPS = 127

type FloatMatrix = OnnxTensor & { readonly data: Float32Array }

/** `[values, scale by column]` of a matrix `[inputs, outputs]`; zero is zero. */
export function quantizeColumns({ name, shape, data }: FloatMatrix): OnnxTensor[] {
  const [rows, columns] = [shape[0]!, shape[1]!]
  const scales = new Float32Array(columns)
  for (let index = 0; index < data.length; index++) {
    const column = index % columns
    scales[column] = Math.max(scales[column]!, Math.abs(data[index]!))
  }
  toSteps(scales, MAP_STEPS)
  const values = new Int8Array(data.length)
  for (let index = 0; index < data.length; index++) {
    values[index] = Math.round(data[index]! / scales[index % columns]!)
  }
  return [
    { name: `${name}_int8`, type: 'int8', shape: [rows, columns], data: values },
    { name: `${name}_scales`, type: 'float32', shape: [columns], data: scales },
  ]
}

/** `[values, scale by row]` of a table whose rows are looked up. */
export function quantizeRows({ name, shape, data }: FloatMatrix): OnnxTensor[] {
  const [rows, columns] = [shape[0]!, shape[1]!]
  const scales = new Float32Array(rows)
  for (let index = 0; index < data.length; index++) {
    const row = Math.floor(index / columns)
    scales[row] = Math.max(scales[row]!, Math.abs(data[index]!))
  }
  toSteps(scales, TABLE_STEPS)
  const values = new Int8Array(data.length)
  for (let index = 0; index < data.length; index++) {
    values[index] = Math.round(data[index]! / scales[Math.floor(index / columns)]!)
  }
  return [
    { name: `${name}_rows_int8`, type: 'int8', shape: [rows, columns], data: values },
    { name: `${name}_rows_scales`, type: 'float32', shape: [rows, 1], data: scales },
  ]
}

/** Largest values become the sizes of one step; of nothing but zeros any size will do. */
function toSteps(scales: Float32Array, steps: number): void {
  for (let index = 0; index < scales.length; index++) scales[index] = scales[index]! / steps || 1
}
