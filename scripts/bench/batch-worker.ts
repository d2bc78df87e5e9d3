/**
 * One measurement of batch jobs in a process of its own: `<batch|engine> <file> <folder> <model>`. Prints a line of
 * JSON: rows, milliseconds without loading the model, and the most memory that the process had.
 */
import { readFileSync } from 'node:fs'
import { createBatchApp } from '../../src/batch-app.ts'
import { readProcessConfig } from '../../src/config.ts'
import { createContext } from '../../src/context.ts'
import { openLaptop } from '../batch/places.ts'

const [measure, file, folder, model] = process.argv.slice(2) as [string, string, string, string]
const app = createBatchApp(readProcessConfig(process.cwd()))
const context = createContext()
const options = { role: 'document' }
await app.engine.embed({ model, inputs: ['warm'], options }, context)

async function runBatch(): Promise<number> {
  const outcome = await app.batch.run(openLaptop(file, folder, { model, encoding: 'base64' }), context)
  if (outcome.status !== 'succeeded') throw outcome.error ?? new Error(outcome.status)
  return outcome.checkpoint!.rows
}

/** The same texts with nothing around the engine. */
async function runEngine(): Promise<number> {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const inputs = lines.map((line) => (JSON.parse(line) as { text: string }).text)
  const begun = performance.now()
  await app.engine.embed({ model, inputs, options }, context)
  engineMs = performance.now() - begun
  return inputs.length
}

let engineMs: number | undefined
const begun = performance.now()
const rows = measure === 'batch' ? await runBatch() : await runEngine()
const milliseconds = engineMs ?? performance.now() - begun
console.log(JSON.stringify({ rows, milliseconds, bytes: process.resourceUsage().maxRSS * 1024 }))
await app.engine.close()
