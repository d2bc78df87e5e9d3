import { encodeOnnx } from '../../src/formats/onnx.ts'
import { buildEncoder } from '../fixtures/encoder.ts'

/** Columns of the vectors of a model from {@link miniLmShaped}. */
export const HIDDEN = 384

/**
 * The bytes of an int8 encoder of the shape of all-MiniLM-L6-v2, quantized dynamically like its published export:
 * weights in int8, activations quantized in each run, attention scores in float32. Its weights are random, and so
 * are its vectors; the speed does not depend on them.
 */
export function miniLmShaped(vocabularySize: number): Uint8Array {
  const { model } = buildEncoder({
    family: 'bert',
    precision: 'int8',
    layers: 6,
    hidden: HIDDEN,
    heads: 12,
    intermediate: 1536,
    vocabularySize,
    positions: 512,
    seed: 6,
  })
  return encodeOnnx(model)
}
