import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createContext } from '../src/context.ts'
import type { Catalog } from '../src/models/catalog/catalog.ts'
import type { Manifest } from '../src/models/catalog/manifest.ts'
import type { Engine } from '../src/models/engine/engine.ts'
import { drawBar } from './console/progress.ts'
import { runNpmTool } from './console/run-tool.ts'
import { drawChart } from './evaluate/chart.ts'
import { type Contender, contendersOf, createEmbedder, type EmbedTexts } from './evaluate/contenders.ts'
import { fetchData } from './evaluate/data-files.ts'
import { formatLimits, measureLimits } from './evaluate/limits.ts'
import { estimate } from './evaluate/metrics/sample.ts'
import { formatJudgements, formatRun } from './evaluate/metrics/trec.ts'
import { EVALUATE_SHAPE, type EvaluateOptions, readOptions } from './evaluate/options.ts'
import { readOwnTask } from './evaluate/own-task.ts'
import { formatPromises, measurePromises } from './evaluate/promises.ts'
import {
  measuredColumns,
  QUALITY,
  readMeasured,
  withRanking,
  withScores,
  writeQuality,
} from './evaluate/quality.ts'
import { cardTable, ensembleTable, qualityTable } from './evaluate/quality-table.ts'
import {
  type Comparison,
  compareRankings,
  drawComparison,
  formatComparison,
  SPLITS,
} from './evaluate/ranking.ts'
import { type RankingTask, readPublicTasks } from './evaluate/ranking-tasks.ts'
import { drawScores, formatScores } from './evaluate/score-table.ts'
import { allSamples } from './evaluate/scores.ts'
import { formatSwaps, measureSwaps, readNames } from './evaluate/swap.ts'
import type { Embed, Scores } from './evaluate/tasks.ts'
import { openModels } from './models/open.ts'

await runNpmTool({
  shape: EVALUATE_SHAPE,
  async run(args) {
    await evaluate(readOptions(args))
    return undefined
  },
})

async function evaluate(options: EvaluateOptions): Promise<void> {
  const { parts, ranking, swap, data, queries, languages } = options
  if (options.fetch) return fetchData(data, console.log)
  if (options.table) return printTables()
  const { catalog, engine } = openModels(options)
  try {
    const contenders = contendersOf(options, catalog)
    if (options.check) return await check(contenders[0]!, engine, data)
    const embed = createEmbedder(engine, showProgress)
    if (options.judge) return await reportJudge(options.judge, contenders[0]!, embed, options)
    if (parts.includes('sentences') && !ranking && !swap) {
      await reportSentences(contenders, embed, options, catalog)
    }
    if (!parts.includes('ranking')) return
    const isPublic = ranking === undefined
    // The public tasks are all English.
    if (isPublic && languages && languages !== 'en-en') return
    const tasks = isPublic ? readPublicTasks(data, queries) : [readOwnTask(ranking, languages)]
    if (swap) await reportSwaps(tasks.at(-1)!, contenders, embed, { ...options, swap })
    else await compare(tasks, contenders, embed, options)
  } finally {
    await engine.close()
  }
}

/** What a language model changes in the ranking by the first model. */
async function reportJudge(
  judge: NonNullable<EvaluateOptions['judge']>,
  { models }: Contender,
  embed: EmbedTexts,
  { seed, sources }: EvaluateOptions,
): Promise<void> {
  const { evaluateJudge } = await import('./evaluate/run-judge.ts')
  const folders = sources ?? ['models', 'layers/models']
  console.log(await evaluateJudge({ ...judge, seed, folders }, models[0]!.manifest, embed))
}

/** What the READMEs and the card say about which model is for what, and docs/ensemble.md about two of them. */
function printTables(): void {
  const measured = readMeasured(QUALITY)
  for (const language of ['en', 'zh'] as const)
    for (const table of [qualityTable, cardTable, ensembleTable])
      console.log(`${table(measured, language)}\n`)
}

/** How far a model is with its texts: drawn over in a terminal, nothing elsewhere. */
function showProgress(model: string, done: number, total: number): void {
  if (!process.stderr.isTTY) return
  const line = done < total ? `${model} ${drawBar(done / total)} ${done} of ${total} texts` : ''
  process.stderr.write(`\r${line}\u001b[K`)
}

/** Measures the promises and the limits of the first model, and leaves 1 as the exit code when one is broken. */
async function check({ models }: Contender, engine: Engine, data: string): Promise<void> {
  const { id, dimensions } = models[0]!.manifest
  const context = createContext({ requestId: 'check' })
  const embedAt =
    (columns: number): Embed =>
    async (inputs) =>
      (await engine.embed({ model: id, inputs, options: { dimensions: columns } }, context)).vectors
  const promises = await measurePromises(embedAt(dimensions), embedAt(dimensions / 2), data)
  const limits = await measureLimits(embedAt(dimensions), data)
  console.log(`${id}\n${formatPromises(promises)}\n\n${formatLimits(limits)}`)
  if (promises.some(({ measured, least }) => measured < least)) process.exitCode = 1
}

/** A table and a picture of the models, beside those that were measured before. */
async function reportSentences(
  contenders: readonly Contender[],
  embed: EmbedTexts,
  { data, languages, save, saveAs }: EvaluateOptions,
  catalog: Catalog,
): Promise<void> {
  const columns: Record<string, Scores> = {}
  let measured = readMeasured(QUALITY)
  for (const { name, models } of contenders) {
    if (models.length > 1) continue
    const { manifest } = models[0]!
    const begun = (task: string) => process.stderr.write(`${name}: ${task}\n`)
    const samples = await allSamples((texts) => embed(manifest, texts, ''), data, languages, begun)
    const estimates = mapValues(samples, estimate)
    columns[name] = mapValues(estimates, ({ value }) => value)
    const { id, weights } = savedAs(manifest, saveAs ? catalog.resolve(saveAs) : undefined)
    measured = withScores(measured, id, weights, estimates)
    if (save) writeQuality(QUALITY, measured)
  }
  const asked = Object.keys(Object.values(columns)[0] ?? {})
  const before = measuredColumns(measured, [...Object.keys(columns), ...(saveAs ? [saveAs] : [])], asked)
  console.log(`${formatScores({ ...columns, ...before })}\n\n${drawScores({ ...columns, ...before })}\n`)
  const names = Object.keys(before)
  if (names.length > 0) console.log(`Measured before (${QUALITY}): ${names.join(', ')}\n`)
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, to: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)] as const))
}

/** Where scores are kept, and what the weights are: those of the catalog's model in a graph of one's own, perhaps. */
function savedAs(measured: Manifest, target: Manifest | undefined) {
  if (!target) return { id: measured.id, weights: measured }
  return { id: target.id, weights: { ...target, precision: `${measured.precision} (own export)` } }
}

async function compare(
  tasks: readonly RankingTask[],
  contenders: readonly Contender[],
  embed: EmbedTexts,
  { heldOut, seed, role, runs, chart, save, ranking }: EvaluateOptions,
): Promise<void> {
  const fits = contenders.some(({ models, fusion }) => models.length > 1 && fusion === 'weighted')
  const share = heldOut ?? (ranking === undefined || fits ? 0.5 : 1)
  const comparisons: Comparison[] = []
  for (const task of tasks) {
    // Where everything measures there is nothing to split.
    for (const split of share === 1 ? SPLITS.slice(0, 1) : SPLITS) {
      process.stderr.write(`${task.name}: ${contenders.map(({ name }) => name).join(', ')}\n`)
      const comparison = await compareRankings(task, contenders, embed, { split, heldOut: share, seed, role })
      console.log(`${formatComparison(comparison)}\n\n${drawComparison(comparison)}\n`)
      comparisons.push(comparison)
    }
  }
  if (save && ranking === undefined) {
    const queries = comparisons.filter(({ split }) => split === 'query')
    writeQuality(QUALITY, queries.reduce(withRanking, readMeasured(QUALITY)))
  }
  if (runs) for (const comparison of comparisons) writeRuns(runs, comparison)
  if (chart) write(chart, drawChart(comparisons))
}

function writeRuns(folder: string, { task, split, outcomes, judgements }: Comparison): void {
  const name = (text: string) => text.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-+|-+$/g, '')
  const base = join(folder, `${name(task)}.${split}`)
  write(`${base}.qrels`, formatJudgements(judgements))
  for (const { contender, rankings } of outcomes) {
    write(`${base}.${name(contender)}.run`, formatRun(rankings, contender))
  }
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  console.log(`wrote ${path}`)
}

async function reportSwaps(
  task: RankingTask,
  contenders: readonly Contender[],
  embed: EmbedTexts,
  { swap, seed }: EvaluateOptions & { readonly swap: string },
): Promise<void> {
  const names = readNames(swap)
  const options = { queries: 50, candidates: 200, selected: 20, seed }
  for (const { name, models } of contenders) {
    if (models.length > 1) continue
    const report = await measureSwaps(task, names, models[0]!.manifest, embed, options)
    console.log(`${formatSwaps(name, task.name, report, options)}\n`)
  }
}
