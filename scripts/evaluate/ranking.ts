import { bootstrapMean, type Interval } from '../../src/learning/bootstrap.ts'
import { createRandom } from '../../src/learning/random.ts'
import {
  averagePrecision,
  normalizedGainAt,
  pairwiseAccuracy,
  precisionAt,
  recallAt,
  reciprocalRank,
  trecOrder,
} from '../../src/learning/retrieval.ts'
import { drawBar } from '../console/progress.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'
import { type Contender, calibrationFor, combine, cosinesOf, type EmbedTexts } from './contenders.ts'
import { isGroupHeldOut } from './metrics/group-split.ts'
import type { TrecJudgement, TrecRanking } from './metrics/trec.ts'
import type { RankingTask } from './ranking-tasks.ts'

/** Which groups are kept together: those of a query, or those of a candidate. */
export const SPLITS = ['query', 'candidate'] as const

/** One of {@link SPLITS}. */
type Split = (typeof SPLITS)[number]

/** The measures of a ranking, the headline first, each 0 to 1. */
export const MEASURES = ['pairwise', 'MAP', 'MRR', 'nDCG@10', 'recall@10', 'P@5'] as const

/** Every measure with its interval. */
type Measured = Readonly<Record<(typeof MEASURES)[number], Interval>>

/** One contender's outcome of one task. */
interface Outcome {
  readonly contender: string
  readonly measured: Measured
  readonly rankings: readonly TrecRanking[]
}

/** All outcomes of a task under one split. */
export interface Comparison {
  readonly task: string
  readonly split: Split
  readonly queries: number
  readonly candidates: number
  readonly outcomes: readonly Outcome[]
  readonly judgements: readonly TrecJudgement[]
}

/** How to split and draw. */
interface RankingOptions {
  readonly split: Split
  readonly heldOut: number
  readonly seed: number
  /** Of queries and candidates; absent: query and document. */
  readonly role?: string | undefined
}

/** A task's queries and candidates of one side of a split, with the group of each query. */
interface Side extends RankingTask {
  readonly groups: readonly string[]
}

/** Ranks a task's held-out side by every contender. The other side is what calibrations are fitted on. */
export async function compareRankings(
  task: RankingTask,
  contenders: readonly Contender[],
  embed: EmbedTexts,
  options: RankingOptions,
): Promise<Comparison> {
  const measured = sideOf(task, options, true)
  const fitted = sideOf(task, options, false)
  const scoresOf = remembered((side: Side, model: Contender['models'][number]['manifest']) =>
    cosinesOf(embed, model, side.queries, side.candidates, options.role),
  )
  const outcomes: Outcome[] = []
  for (const contender of contenders) {
    const lists = await inTurn(contender.models, ({ manifest }) => scoresOf(measured, manifest))
    const needsChances = contender.models.length > 1 && contender.fusion === 'weighted'
    const calibrations = await inTurn(needsChances ? contender.models : [], async ({ manifest }) => {
      const scores = manifest.calibration ? [] : await scoresOf(fitted, manifest)
      return calibrationFor(manifest, { scores, grades: gradesOf(fitted) })
    })
    const scores = measured.queries.map((_, query) =>
      combine(
        contender,
        lists.map((list) => list[query]!),
        calibrations,
      ),
    )
    outcomes.push(outcomeOf(contender.name, measured, scores, options.seed))
  }
  const ids = measured.candidates.map(({ id }) => id)
  const grades = gradesOf(measured)
  return {
    task: task.name,
    split: options.split,
    queries: measured.queries.length,
    candidates: ids.length,
    outcomes,
    judgements: measured.queries.map(({ id }, row) => ({ query: id, candidates: ids, grades: grades[row]! })),
  }
}

/** The part of a task on one side: with it goes the whole group, a query's or a candidate's. */
function sideOf(task: RankingTask, { split, heldOut, seed }: RankingOptions, measured: boolean): Side {
  const isMine = (id: string) => isGroupHeldOut(id, seed, heldOut) === measured || heldOut === 1
  const candidates = split === 'candidate' ? task.candidates.filter(({ id }) => isMine(id)) : task.candidates
  const offered = new Set(candidates.map(({ id }) => id))
  const relevantOf = (id: string) =>
    [...(task.grades.get(id)?.keys() ?? [])].filter((key) => offered.has(key))
  const queries = task.queries.filter(
    ({ id }) => (split === 'candidate' || isMine(id)) && relevantOf(id).length > 0,
  )
  // Queries that look for the same candidate are no independent evidence.
  const groups = queries.map(({ id }) => (split === 'candidate' ? relevantOf(id)[0]! : id))
  return { ...task, queries, candidates, groups }
}

function gradesOf({ queries, candidates, grades }: RankingTask): Float64Array[] {
  return queries.map(({ id }) => {
    const own = grades.get(id)!
    return Float64Array.from(candidates, (candidate) => own.get(candidate.id) ?? 0)
  })
}

function outcomeOf(contender: string, side: Side, scores: readonly Float64Array[], seed: number): Outcome {
  const ids = side.candidates.map(({ id }) => id)
  const grades = gradesOf(side)
  const rows = scores.map((list, query) => measureQuery(list, grades[query]!, ids))
  const measured = MEASURES.map((name, measure) => {
    const values = rows.map((row) => row[measure]!)
    return [name, bootstrapMean(values, side.groups, createRandom(seed))] as const
  })
  return {
    contender,
    measured: Object.fromEntries(measured) as Measured,
    rankings: side.queries.map(({ id }, row) => ({ query: id, candidates: ids, scores: scores[row]! })),
  }
}

/** The measures of one query, in the order of {@link MEASURES}. */
function measureQuery(scores: Float64Array, grades: Float64Array, ids: readonly string[]): number[] {
  const ranked = trecOrder(scores, ids).map((item) => grades[item]!)
  const places = ranked.flatMap((grade, index) => (grade > 0 ? [index + 1] : []))
  return [
    // Of one side alone every candidate may fit: then no pair is wrong.
    pairwiseAccuracy(scores, grades) ?? 1,
    averagePrecision(places),
    reciprocalRank(places),
    normalizedGainAt(ranked, 10),
    recallAt(places, 10),
    precisionAt(places, 5),
  ]
}

async function inTurn<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await run(item))
  return results
}

/** Computes once for each pair of arguments. */
function remembered<First extends object, Second extends object, Result>(
  compute: (first: First, second: Second) => Promise<Result>,
): (first: First, second: Second) => Promise<Result> {
  const known = new Map<First, Map<Second, Promise<Result>>>()
  return (first, second) => {
    const own = known.get(first) ?? new Map<Second, Promise<Result>>()
    known.set(first, own)
    const result = own.get(second) ?? compute(first, second)
    own.set(second, result)
    return result
  }
}

/** The comparison as lines of text: a contender each, every measure with its 95 % interval. */
export function formatComparison({ task, split, queries, candidates, outcomes }: Comparison): string {
  const rows = outcomes.map(({ contender, measured }) => [
    contender,
    ...MEASURES.map((name) => formatInterval(measured[name])),
  ])
  const kept = split === 'query' ? 'queries' : 'candidates'
  return [
    `${task}: ${queries} queries, ${candidates} candidates, ${kept} of a group on one side`,
    formatTable([['', ...MEASURES], ...rows], AFTER_FIRST),
  ].join('\n')
}

/** The measures that people look for first, as bars. */
export function drawComparison({ outcomes }: Comparison): string {
  return PICTURED.map((name) => {
    const rows = outcomes.map(({ contender, measured }) => {
      const { mean } = measured[name]
      return [`  ${contender}`, drawBar(mean), mean.toFixed(3)]
    })
    return `${name}\n${formatTable(rows)}`
  }).join('\n')
}

/** Of {@link MEASURES}, those that are drawn in the terminal. */
const PICTURED = ['MRR', 'nDCG@10'] as const

function formatInterval({ mean, low, high }: Interval): string {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
}
