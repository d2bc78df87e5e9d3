import { encodeOnnx } from '../../src/formats/onnx.ts'
import { readSafeTensors, type SafeTensor, type SafeTensors } from '../../src/formats/safetensors.ts'
import { quantizeTable, staticModel } from '../../src/learning/static-model.ts'
import { createMatrix } from '../../src/vector/matrix.ts'

/**
 * The graph of a Model2Vec model (https://github.com/MinishLab/model2vec), made of its safetensors file: the tensor
 * `embeddings`, and in newer models `weights` per piece and `mapping` from pieces to rows. Each vector is rounded to
 * 255 steps of its own largest value.
 *
 * @throws AppError `artifact_corrupt` when the file is not one of a Model2Vec model
 */
export function model2VecGraph(file: Uint8Array, name: string): Uint8Array {
  const tensors = readSafeTensors(file)
  const { shape, data } = tensors.read('embeddings')
  const columns = shape[1]!
  const weights = readOptional(tensors, 'weights')
  const mapping = readOptional(tensors, 'mapping')
  const rows = mapping?.data.length ?? shape[0]!
  const table = createMatrix(rows, columns)
  for (let row = 0; row < rows; row++) {
    const from = (mapping?.data[row] ?? row) * columns
    const weight = weights?.data[row] ?? 1
    for (let column = 0; column < columns; column++) {
      table.data[row * columns + column] = data[from + column]! * weight
    }
  }
  return encodeOnnx(staticModel(quantizeTable(table), name))
}

function readOptional(tensors: SafeTensors, name: string): SafeTensor | undefined {
  return tensors.names.includes(name) ? tensors.read(name) : undefined
}
