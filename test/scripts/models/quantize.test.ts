import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { quantizeModel } from '../../../scripts/models/quantize.ts'
import { decodeOnnx } from '../../../scripts/onnx/reader.ts'
import { encodeOnnx, type OnnxModel } from '../../../src/formats/onnx.ts'
import { cosine } from '../../../src/vector/similarity.ts'
import { buildEncoder } from '../../fixture-models/encoder.ts'
import { FAMILIES } from '../../fixture-models/families.ts'
import { fixtureOptions } from '../../fixture-models/fixtures.ts'

const TOKENS = 24

async function lastState(model: OnnxModel): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeOnnx(model), { logSeverityLevel: 3 })
  const tensor = (valueAt: (index: number) => bigint) =>
    new Tensor(
      'int64',
      BigInt64Array.from({ length: TOKENS }, (_, index) => valueAt(index)),
      [1, TOKENS],
    )
  const feeds: Record<string, Tensor> = {
    input_ids: tensor((index) => BigInt(5 + ((index * 7) % 40))),
    attention_mask: tensor(() => 1n),
    token_type_ids: tensor(() => 0n),
  }
  const wanted = session.inputNames.map((name) => [name, feeds[name]!] as const)
  const { last_hidden_state: state } = await session.run(Object.fromEntries(wanted))
  await session.release()
  return state!.data as Float32Array
}

test.each(FAMILIES)('keeps the vectors of a %s encoder within a cosine of 0.99', async (family) => {
  const { model } = buildEncoder({ ...fixtureOptions(family, 'float32'), hidden: 64, intermediate: 128 })
  const quantized = decodeOnnx(encodeOnnx(quantizeModel(model)))
  const [expected, got] = [await lastState(model), await lastState(quantized)]
  expect(cosine(expected, got)).toBeGreaterThan(0.99)
  expect(expected).not.toEqual(got)
})

test('leaves no large float32 weight, and takes about a quarter of the bytes', () => {
  const options = { ...fixtureOptions('bert', 'float32'), hidden: 128, intermediate: 512 }
  const { model } = buildEncoder(options)
  const quantized = quantizeModel(model)
  const large = quantized.initializers.filter(({ type, data }) => type === 'float32' && data.length >= 4096)
  expect(large).toEqual([])
  expect(encodeOnnx(quantized).length / encodeOnnx(model).length).toBeLessThan(0.3)
})

test('quantizes an activation once for all the maps that share it', () => {
  const { model } = buildEncoder({ ...fixtureOptions('bert', 'float32'), hidden: 64, intermediate: 128 })
  const { nodes } = quantizeModel(model)
  const inputs = nodes
    .filter((node) => node.operator === 'DynamicQuantizeLinear')
    .map((node) => node.inputs[0])
  expect(new Set(inputs).size).toBe(inputs.length)
  const multiplications = nodes.filter((node) => node.operator === 'MatMulInteger').length
  expect(inputs.length).toBeLessThan(multiplications)
})

test('refuses a model that has nothing to quantize', () => {
  const { model } = buildEncoder(fixtureOptions('bert', 'int8'))
  expect(() => quantizeModel(model)).toThrow('no float32 weights to quantize')
})
