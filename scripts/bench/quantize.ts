import { InferenceSession, Tensor } from 'onnxruntime-node'
import { encodeOnnx } from '../../src/formats/onnx.ts'
import { decodeOnnx } from '../../src/formats/onnx-reader.ts'
import { cosine } from '../../src/vector/similarity.ts'
import { buildEncoder } from '../fixtures/encoder.ts'
import { quantizeModel } from '../models/quantize.ts'
import { median } from './statistics.ts'

/** What `npm run models -- quantize` makes of full-size encoders, beside the same shape quantized the standard way. */
const SHAPES = {
  'MiniLM-L6': { layers: 6, hidden: 384, heads: 12, intermediate: 1536, vocabularySize: 30_522 },
  'BERT-base, Chinese': { layers: 12, hidden: 768, heads: 12, intermediate: 3072, vocabularySize: 21_128 },
}
const TOKENS = 128
const ROUNDS = 60

async function compare(name: string, shape: (typeof SHAPES)['MiniLM-L6']): Promise<void> {
  const build = (precision: 'float32' | 'int8') =>
    encodeOnnx(buildEncoder({ family: 'bert', positions: 512, seed: 6, ...shape, precision }).model)
  const float32 = build('float32')
  const start = performance.now()
  const ours = encodeOnnx(quantizeModel(decodeOnnx(float32)))
  const quantizedMs = performance.now() - start
  const [exact, standard, quantized] = await Promise.all([float32, build('int8'), ours].map(open))
  const run = async (session: InferenceSession, feeds: Record<string, Tensor>) => {
    const from = performance.now()
    const { last_hidden_state: state } = await session.run(feeds)
    return { state: state!.data as Float32Array, ms: performance.now() - from }
  }
  const times = { standard: [] as number[], quantized: [] as number[] }
  let least = 1
  for (let round = 0; round < ROUNDS; round++) {
    const feeds = feedsOf(shape.vocabularySize)
    const order =
      round % 2 === 0 ? (['standard', 'quantized'] as const) : (['quantized', 'standard'] as const)
    for (const which of order) {
      const session = which === 'standard' ? standard! : quantized!
      // Threads of the session before still turn on a processor that the first run needs.
      await run(session, feeds)
      const { state, ms } = await run(session, feeds)
      times[which].push(ms)
      if (which === 'quantized' && round % 8 === 0) {
        least = Math.min(least, cosine(state, (await run(exact!, feeds)).state))
      }
    }
  }
  const ratios = times.quantized.map((ms, round) => ms / times.standard[round]!)
  const best = Math.min(...times.quantized) / Math.min(...times.standard)
  console.log(
    `${name}: ${quantizedMs.toFixed(0)} ms to quantize, ${(ours.length / float32.length).toFixed(2)} × the bytes, cosine to float32 at least ${least.toFixed(4)}, one run ${median(ratios).toFixed(2)} × the standard int8 (${median(times.quantized).toFixed(1)} ms; best ${best.toFixed(2)} ×)`,
  )
}

function open(model: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(model, { intraOpNumThreads: 2, interOpNumThreads: 1, logSeverityLevel: 3 })
}

function feedsOf(vocabularySize: number): Record<string, Tensor> {
  const tensor = (valueAt: () => bigint) =>
    new Tensor('int64', BigInt64Array.from({ length: TOKENS }, valueAt), [1, TOKENS])
  return {
    input_ids: tensor(() => BigInt(Math.floor(Math.random() * vocabularySize))),
    attention_mask: tensor(() => 1n),
    token_type_ids: tensor(() => 0n),
  }
}

for (const [name, shape] of Object.entries(SHAPES)) await compare(name, shape)
