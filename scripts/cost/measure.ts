import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus } from 'node:os'
import { join, resolve } from 'node:path'
import shipped from '../../src/models/catalog.json' with { type: 'json' }
import { buildModel, layOutModel } from '../bench/model.ts'
import type { Measurement } from './lambda.ts'
import type { Part, PartResult } from './measure-part.ts'
import { parallelShare, rounded } from './parallel.ts'

const CACHE = resolve('.cache/cost')
const REPETITIONS = 200
/** An encoder of the shape of all-MiniLM-L6-v2, int8, that is built here. */
export const MINI_LM = 'minilm-l6-shaped'

/**
 * Measures a model of the catalog that lies in `layers/models` or `models`, or {@link MINI_LM}: a process with one thread, and one
 * with two for the share of the work that runs in parallel.
 *
 * @param tokens of each text
 */
export async function measureModel(model: string, tokens: number): Promise<Measurement> {
  const { id, fileBytes, sources, catalog } = await find(model)
  const part = { root: resolve('.'), sources, catalog, model: id, tokens, repetitions: REPETITIONS }
  // In turns, and the better of two: whatever else runs on the machine makes times longer, never shorter.
  const runs = [1, 2, 1, 2].map((threads) => ({ threads, result: run({ ...part, threads }) }))
  const bestOf = (threads: number) =>
    runs
      .filter((each) => each.threads === threads)
      .map(({ result }) => result)
      .reduce((best, result) => (result.p50 < best.p50 ? result : best))
  const [single, double] = [bestOf(1), bestOf(2)]
  return {
    model: id,
    tokens: single.tokens,
    dimensions: single.dimensions,
    fileBytes,
    coldMs: rounded(single.coldMs),
    one: { p50: rounded(single.p50), p95: rounded(single.p95) },
    eachOfMany: rounded(single.eachOfMany),
    parallel: parallelShare(single.p50, double.p50),
    megabytes: single.megabytes,
    machine: `${cpus()[0]?.model.trim()}, ${arch()}, Node ${process.version}`,
    date: new Date().toISOString().slice(0, 10),
  }
}

interface Found {
  readonly id: string
  readonly fileBytes: number
  readonly sources: string
  readonly catalog: string
}

async function find(model: string): Promise<Found> {
  if (model !== MINI_LM) {
    const found = shipped.find(({ id, aliases }) => id === model || aliases.some((alias) => alias === model))
    if (!found) throw new Error(`The catalog has no model ${model}; npm run models lists them.`)
    return { id: found.id, fileBytes: bytesOf(found.files), sources: '', catalog: '' }
  }
  const source = buildModel(join(CACHE, 'exports'), '../shared/data/bert.tokenizer.json')
  const { folder, prepared } = await layOutModel(source, join(CACHE, 'models'))
  mkdirSync(CACHE, { recursive: true })
  const catalog = join(CACHE, 'catalog.json')
  writeFileSync(catalog, JSON.stringify([prepared]))
  return { id: prepared.id, fileBytes: bytesOf(prepared.files), sources: folder, catalog }
}

function bytesOf(files: readonly { readonly path: string; readonly bytes?: number }[]): number {
  return files.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
}

function run(part: Part): PartResult {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/run.mjs', 'scripts/cost/measure-part.ts', JSON.stringify(part)],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`Model ${part.model} was not measured: ${stderr}`)
  return JSON.parse(stdout) as PartResult
}
