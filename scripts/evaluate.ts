/**
 * Scores models and ensembles on the evaluation data, through the ordinary path from text to vectors.
 * `npm run evaluate -- --help` lists the options.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createContext } from '../src/context.ts'
import type { Engine } from '../src/models/engine/engine.ts'
import { drawChart } from './evaluate/chart.ts'
import { type Contender, contendersOf, createEmbedder, type EmbedTexts } from './evaluate/contenders.ts'
import { formatJudgements, formatRun } from './evaluate/metrics/trec.ts'
import { type EvaluateOptions, readOptions, USAGE } from './evaluate/options.ts'
import { formatPromises, measurePromises } from './evaluate/promises.ts'
import { type Comparison, compareRankings, formatComparison, SPLITS } from './evaluate/ranking.ts'
import { type RankingTask, readOwnTask, readPublicTasks } from './evaluate/ranking-tasks.ts'
import { allScores, formatScores } from './evaluate/scores.ts'
import { formatSwaps, measureSwaps, readNames } from './evaluate/swap.ts'
import type { Embed, Scores } from './evaluate/tasks.ts'
import { openModels } from './models/open.ts'

if (process.argv.includes('--help')) console.log(USAGE)
else await evaluate(readOptions(process.argv.slice(2)))

async function evaluate(options: EvaluateOptions): Promise<void> {
  const { catalog, engine } = openModels(options)
  const contenders = contendersOf(options, catalog)
  const embed = createEmbedder(engine)
  const { parts, ranking, swap, data, queries } = options
  if (options.check) {
    await check(contenders[0]!, engine, data)
    await engine.close()
    return
  }
  if (parts.includes('sentences') && !ranking && !swap) {
    console.log(`${await scoreSentences(contenders, embed, data)}\n`)
  }
  if (parts.includes('ranking')) {
    const tasks = ranking ? [readOwnTask(ranking)] : readPublicTasks(data, queries)
    if (swap) await reportSwaps(tasks.at(-1)!, contenders, embed, { ...options, swap })
    else await compare(tasks, contenders, embed, options)
  }
  await engine.close()
}

/** Measures the promises of the first model, and leaves 1 as the exit code when one is broken. */
async function check({ models }: Contender, engine: Engine, data: string): Promise<void> {
  const { id, dimensions } = models[0]!.manifest
  const context = createContext({ requestId: 'check' })
  const embedAt =
    (columns: number): Embed =>
    async (inputs) =>
      (await engine.embed({ model: id, inputs, options: { dimensions: columns } }, context)).vectors
  const promises = await measurePromises(embedAt(dimensions), embedAt(dimensions / 2), data)
  console.log(`${id}\n${formatPromises(promises)}`)
  if (promises.some(({ measured, least }) => measured < least)) process.exitCode = 1
}

async function scoreSentences(
  contenders: readonly Contender[],
  embed: EmbedTexts,
  data: string,
): Promise<string> {
  const columns: Record<string, Scores> = {}
  for (const { name, models } of contenders) {
    if (models.length > 1) continue
    columns[name] = await allScores((texts) => embed(models[0]!.manifest, texts, ''), data)
  }
  return formatScores(columns)
}

async function compare(
  tasks: readonly RankingTask[],
  contenders: readonly Contender[],
  embed: EmbedTexts,
  { heldOut, seed, runs, chart }: EvaluateOptions,
): Promise<void> {
  const comparisons: Comparison[] = []
  for (const task of tasks) {
    for (const split of SPLITS) {
      const comparison = await compareRankings(task, contenders, embed, { split, heldOut, seed })
      console.log(`${formatComparison(comparison)}\n`)
      comparisons.push(comparison)
    }
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
