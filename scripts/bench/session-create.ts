import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { shareWeights } from '../../src/formats/onnx-shared.ts'
import { probeGraph, saveOptimizedGraph } from '../../src/models/session.ts'
import { compareCold } from './cold-rounds.ts'

/** Creating a session of a plain graph, and of the one optimized ahead: `--graph <path> --rounds 15 --threads 2`. */
const { values } = parseArgs({
  options: {
    graph: { type: 'string', default: '../shared/models/minilm-l6-skeleton/model_quantized.onnx' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
  },
})

async function main(folder: string): Promise<void> {
  const plain = join(folder, basename(values.graph))
  const optimized = join(folder, 'optimized.onnx')
  const whole = join(folder, 'whole.onnx')
  copyFileSync(values.graph, plain)
  await saveOptimizedGraph(plain, whole)
  const { bytes } = shareWeights(readFileSync(whole), readFileSync(plain), basename(plain))
  writeFileSync(optimized, bytes)
  const [one, other] = [
    await probeGraph(plain, 'plain', false),
    await probeGraph(optimized, 'optimized', true),
  ]
  const difference = one.reduce((most, value, index) => Math.max(most, Math.abs(value - other[index]!)), 0)
  const job = { part: 'graph', threads: Number(values.threads) } as const
  const jobs = {
    plain: { ...job, path: plain, optimized: false },
    'optimized, weights in the plain file': { ...job, path: optimized, optimized: true },
    'optimized, with weights': { ...job, path: whole, optimized: true },
  }
  console.log(await compareCold(jobs, Number(values.rounds)))
  console.log(`\nThe optimized graph has ${bytes.length} bytes; outputs differ by at most ${difference}.`)
}

const folder = mkdtempSync(join(tmpdir(), 'session-create-'))
await main(folder).finally(() => rmSync(folder, { recursive: true }))
