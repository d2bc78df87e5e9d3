import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { loadTokenizer } from '../src/tokenizer/tokenizer.ts'
import { benchBatch } from './bench/batch.ts'
import { benchCollections } from './bench/collections.ts'
import { type Contender, contendersOf } from './bench/contenders.ts'
import { benchFaults } from './bench/faults.ts'
import { benchGenerate } from './bench/generate.ts'
import { benchGoodput } from './bench/goodput.ts'
import { describeHealth, healthTargets, measureHealth } from './bench/health.ts'
import { benchLearn } from './bench/learn.ts'
import { benchMatch } from './bench/match.ts'
import { type BenchModel, findModel, layOutModel, MAX_TOKENS } from './bench/model.ts'
import { BENCH_SHAPE, type BenchOptions, type Part, readOptions } from './bench/options.ts'
import { installPeers } from './bench/peers.ts'
import { buildPrograms } from './bench/programs.ts'
import type { Job, Measure } from './bench/protocol.ts'
import { columnsOf, formatResults, formatTargets } from './bench/report.ts'
import { type Results, runRounds } from './bench/rounds.ts'
import { benchScale } from './bench/scale.ts'
import { benchServe } from './bench/serve.ts'
import { benchStalls } from './bench/stalls.ts'
import { benchStore } from './bench/store.ts'
import { firstTargets, holds, mixedTargets, type Target, warmTargets } from './bench/targets.ts'
import { mixedTexts, textOfTokens, wordsOf } from './bench/texts.ts'
import { compileByTrial } from './bench/trial.ts'
import { runNpmTool, runTool } from './console/run-tool.ts'
import type { Tool } from './console/tool.ts'

const CACHE = resolve('.cache/bench')
const TITLES: Readonly<Record<Measure, string>> = {
  first: 'Process start → first vector of a text of 16 tokens',
  warm: 'One warm text of 128 tokens',
  mixed: 'Texts of mixed length',
}
const TARGETS: Readonly<Record<Measure, (results: Results) => Target[]>> = {
  first: firstTargets,
  warm: warmTargets,
  mixed: mixedTargets,
}
/** Short trials are repeated more often in a run of the bench: they are the noisiest. */
const ROUNDS: Readonly<Record<Measure, number>> = { first: 3, warm: 1, mixed: 1 }

/** Texts with their ids, as each measurement needs them. */
async function makeInputs(model: BenchModel, texts: number) {
  const words = wordsOf(model.tokenizerJson)
  const tokenizer = await loadTokenizer(model.tokenizerJson, model.manifest)
  const withIds = (inputs: string[]) => ({
    texts: inputs,
    ids: inputs.map((text) =>
      Array.from(tokenizer.encode(text, { maxTokens: MAX_TOKENS, truncate: 'end' }).ids),
    ),
  })
  return {
    first: withIds([textOfTokens(words, 16)]),
    warm: withIds([textOfTokens(words, 128)]),
    mixed: withIds(mixedTexts(words, texts)),
  }
}

async function bench(options: BenchOptions): Promise<void> {
  const peersFolder = join(CACHE, 'peers')
  if (options.peers) installPeers(peersFolder)
  const model = await layOutModel(options.model ?? findModel(), join(CACHE, 'models'))
  const programs = await buildPrograms(join(CACHE, 'programs'), peersFolder)
  const inputs = await makeInputs(model, options.texts)
  const tokens = inputs.mixed.ids.reduce((sum, ids) => sum + ids.length, 0)
  console.log(
    `${cpus()[0]?.model}, ${options.threads} threads, Node ${process.version}, ${model.manifest.id}, cut at ${MAX_TOKENS} tokens, ${options.texts} texts of ${(tokens / options.texts).toFixed(0)} tokens on average\n`,
  )
  const report: Record<string, unknown> = {}
  const targets: Target[] = []
  const common = {
    modelsFolder: model.folder,
    threads: options.threads,
    repetitions: options.runs > 1 ? 300 : 100,
  }
  const first: Job = { ...common, ...inputs.first, measure: 'first', manifest: model.prepared, batch: 1 }
  compileByTrial(programs.entrants.ours, first, CACHE)
  for (const measure of options.parts.filter(isMeasure)) {
    const jobOf = ({ batch, prepared }: Contender): Job => ({
      ...common,
      ...inputs[measure],
      measure,
      manifest: prepared ? model.prepared : model.manifest,
      batch,
    })
    const contenders = contendersOf(measure, options.texts, options.peers)
    const rounds = options.runs * ROUNDS[measure]
    const results = await runRounds({ measure, contenders, rounds, programs, folder: CACHE, jobOf })
    console.log(`${TITLES[measure]}: median (least–most) of ${rounds} runs`)
    console.log(`${formatResults(results, columnsOf(measure, options.texts))}\n`)
    targets.push(...TARGETS[measure](results))
    report[measure] = Object.fromEntries(results)
  }
  if (options.parts.includes('health')) {
    const { texts } = inputs.mixed
    const job = { modelsFolder: model.folder, manifest: model.prepared, threads: options.threads, texts }
    const result = await measureHealth(programs.server, job, CACHE)
    console.log(`${describeHealth(result)}\n`)
    targets.push(...healthTargets(result))
    report.health = result
  }
  console.log(formatTargets(targets))
  const file = join(CACHE, `results-${new Date().toISOString().replaceAll(':', '-')}.json`)
  const judged = targets.map((target) => ({ ...target, holds: holds(target) }))
  writeFileSync(file, JSON.stringify({ options, targets: judged, ...report }))
  console.log(`\nEvery run is in ${file}.`)
}

function isMeasure(part: Part): part is Measure {
  return part !== 'health'
}

const PART_TOOLS: Readonly<Record<string, Tool>> = {
  match: benchMatch,
  collections: benchCollections,
  batch: benchBatch,
  stalls: benchStalls,
  faults: benchFaults,
  generate: benchGenerate,
  goodput: benchGoodput,
  learn: benchLearn,
  scale: benchScale,
  serve: benchServe,
  store: benchStore,
}

/** Several programs under one name; what follows the name of a part is for that part. */
const [, , name = '', ...rest] = process.argv
const part = Object.hasOwn(PART_TOOLS, name) ? PART_TOOLS[name] : undefined
if (part)
  process.exitCode = await runTool(part, rest, { call: `npm run bench -- ${name}`, root: process.cwd() })
else
  await runNpmTool({
    shape: BENCH_SHAPE,
    async run(args) {
      await bench(readOptions(args))
      return 0
    },
  })
