import type { Collections } from '../../collections/collections.ts'
import { type Context, throwIfDone } from '../../context.ts'
import type { Catalog } from '../../models/catalog/catalog.ts'
import { orderOf } from '../../ranking/fusion.ts'
import { createTurns } from '../../turns.ts'
import type { EmbedService } from '../embed.ts'
import type { JudgeService } from '../judge/judge.ts'
import type { RerankService } from '../rerank.ts'
import type { Work } from '../work.ts'
import type { JudgeMarks } from './apply-judge.ts'
import { createBandWarnings } from './band-warnings.ts'
import { joinTexts, type MatchDocument, textsOf } from './document.ts'
import { type CompareSkills, type Explanation, explain } from './explain.ts'
import { type CollectionRecall, type QueryRecall, recallFromCollection } from './from-collection.ts'
import { createJudgeStage } from './judge-stage.ts'
import { createLanguages } from './languages.ts'
import type { Exclusion, MatchRequest } from './match-request.ts'
import { optional } from './optional.ts'
import { isCalibrated, rank, type ScoredCandidate } from './outcome.ts'
import { type MatchPlan, planMatch } from './plan.ts'
import { type EmbedTexts, embedderOf, findTexts, type RecallScores, recall } from './recall.ts'
import type { SkillNames } from './skills/names.ts'
import { createUnknownTexts } from './unknown-texts.ts'
import { createUsage, type Usage } from './usage.ts'

/** A ranked candidate with every stage's score. */
interface MatchResult extends Omit<ScoredCandidate, 'candidate'>, JudgeMarks {
  readonly id: string
  /** Where the candidate stands in the request. */
  readonly index: number
  /** The reranker's score, when it was asked for and did not fail. */
  readonly rerank?: number
  readonly explanation?: Explanation
}

/** What a match found. */
export interface MatchOutcome {
  readonly plan: MatchPlan
  /** One list a query, in the order of the queries. */
  readonly matches: readonly { readonly query: string; readonly results: readonly MatchResult[] }[]
  readonly excluded: readonly Exclusion[]
  /** Where the candidates came from, when they came from a collection. */
  readonly collection?: CollectionRecall['collection']
  /** What was left undone and why, in sentences. */
  readonly warnings: readonly string[]
  /** Of all models together. */
  readonly work: Work
  /** Distinct texts of which a model knows no token. */
  readonly unknown: number
  /** Milliseconds by stage. */
  readonly stages: Readonly<Record<string, number>>
}

/** Ranks candidates for queries. */
export interface MatchService {
  /** @throws AppError for a request that cannot be run */
  plan(request: MatchRequest): Promise<MatchPlan>
  run(plan: MatchPlan, context: Context): Promise<MatchOutcome>
}

/** What the match service is made of. */
interface MatchServiceParts {
  readonly catalog: Catalog
  readonly embed: EmbedService
  readonly rerank: RerankService
  /** Absent where there are no language models. */
  readonly judge?: (() => Promise<JudgeService>) | undefined
  /** Absent where none are configured. */
  readonly collections?: Collections | undefined
  /** Groups of names for one skill each, beside those of the table that ships. */
  readonly skillSynonyms?: readonly (readonly string[])[] | undefined
}

/** The match service of one process: recall → fuse → rerank → judge → explain → quotes. */
export function createMatchService(parts: MatchServiceParts): MatchService {
  const { catalog, embed, rerank, judge, collections } = parts
  const compareSkills = skillComparer(parts.skillSynonyms ?? [])
  return {
    plan: async (request) => planMatch(request, catalog.resolve, request.judge ? await judge?.() : undefined),
    async run(plan, context) {
      const clock = createStageClock()
      const warnings = [...plan.warnings, ...uncalibratedWarnings(plan)]
      const usage = createUsage()
      const unknownTexts = createUnknownTexts()
      const embedTexts = embedderOf(embed, plan, context, usage.add, unknownTexts)
      const { queries, collection } =
        plan.collection === undefined
          ? { queries: await recallGiven(plan, embedTexts) }
          : await recallFromCollection(plan, collections, embedTexts, context, warnings)
      warnings.push(...unknownTexts.warnings(plan))
      clock.end('recall')
      const matches: RankedFor[] = []
      const turns = createTurns()
      const languages = createLanguages(plan, turns)
      const bands = createBandWarnings(plan)
      const judging = createJudgeStage(plan, plan.judge && (await judge?.()), context, warnings)
      for (const asked of queries) {
        await turns.rest()
        throwIfDone(context)
        const { query, candidates, recalled } = asked
        const told = await languages(query, candidates)
        const scores = rank(plan, recalled, told)
        bands.add(told, scores)
        const ranked = scores.map((scored) => toRanked(candidates, scored))
        clock.end('fuse')
        const reranked = await optional('rerank', warnings, ranked, () =>
          applyRerank(plan, query, ranked, rerank, usage, context),
        )
        clock.end('rerank')
        const judged = await judging.order(query, reranked)
        if (plan.judge) clock.end('judge')
        const best = judged.slice(0, plan.topK)
        const explained = await optional('explain', warnings, best, () =>
          applyExplain(plan, query, best, embedTexts, compareSkills, warnings),
        )
        clock.end('explain')
        matches.push({ query, ranked: explained })
      }
      const quoted = await judging.quote(matches)
      if (plan.judge?.quotes) clock.end('quotes')
      return {
        plan,
        matches: quoted.map(toMatch),
        excluded: plan.excluded,
        ...(collection && { collection }),
        warnings: [...warnings, ...bands.warnings(), ...usage.warnings()],
        work: usage.work(),
        unknown: unknownTexts.count(),
        stages: clock.stages,
      }
    },
  }
}

/** Compares every query with every candidate of the request, by every model. */
async function recallGiven(plan: MatchPlan, embed: EmbedTexts): Promise<QueryRecall[]> {
  const texts = {
    queries: await findTexts(plan.queries, plan.sections),
    candidates: await findTexts(plan.candidates, plan.sections),
  }
  const models: RecallScores[] = []
  for (const model of plan.models) models.push(await recall(plan, model, texts, embed))
  return plan.queries.map((query, index) => ({
    query,
    candidates: plan.candidates,
    recalled: models.map(({ scores, sections }) => ({
      scores: scores[index]!,
      sections: sections.map((section) => section[index]!),
    })),
  }))
}

function createStageClock() {
  const stages: Record<string, number> = {}
  let last = performance.now()
  return {
    stages,
    end(stage: string): void {
      const now = performance.now()
      stages[stage] = (stages[stage] ?? 0) + now - last
      last = now
    },
  }
}

function uncalibratedWarnings(plan: MatchPlan): string[] {
  if (plan.models.length === 1 || plan.fusion === 'rrf' || isCalibrated(plan)) return []
  const missing = plan.models.flatMap(({ manifest }) => (manifest.calibration ? [] : [manifest.id]))
  return [
    `Cosines were weighted as they are, because there is no calibration for ${missing.join(', ')}; fusion "rrf" needs none.`,
  ]
}

/** A result with the candidate that it is about, which the later stages read. */
interface Ranked {
  readonly document: MatchDocument
  readonly result: MatchResult
}

/** The candidates of one query. */
interface RankedFor {
  readonly query: MatchDocument
  readonly ranked: readonly Ranked[]
}

function toMatch({ query, ranked }: RankedFor) {
  return { query: query.id, results: ranked.map(({ result }) => result) }
}

function toRanked(candidates: readonly MatchDocument[], { candidate, ...scored }: ScoredCandidate): Ranked {
  const document = candidates[candidate]!
  return { document, result: { id: document.id, index: document.index, ...scored } }
}

/** Scores the best results again with the reranker: these come first, in its order, then the others as they stood. */
async function applyRerank(
  plan: MatchPlan,
  query: MatchDocument,
  ranked: readonly Ranked[],
  service: RerankService,
  usage: Usage,
  context: Context,
): Promise<readonly Ranked[]> {
  if (!plan.rerank || ranked.length === 0) return ranked
  const best = ranked.slice(0, plan.rerank.top)
  const texts = best.map(({ document }) => textOf(document))
  const { manifest } = plan.rerank
  const { scores, ...used } = await service.run(
    { manifest, query: textOf(query), texts, deterministic: plan.deterministic },
    context,
  )
  usage.add(used, manifest.id)
  const order = orderOf(scores)
  const reranked = order.map((place) => {
    const { document, result } = best[place]!
    return { document, result: { ...result, rerank: scores[place]! } }
  })
  return [...reranked, ...ranked.slice(best.length)]
}

async function applyExplain(
  plan: MatchPlan,
  query: MatchDocument,
  ranked: readonly Ranked[],
  embed: EmbedTexts,
  compareSkills: CompareSkills,
  warnings: string[],
): Promise<readonly Ranked[]> {
  if (!plan.explain || ranked.length === 0) return ranked
  const documents = ranked.map(({ document }) => document)
  const { explanations, warnings: more } = await explain(plan, query, documents, embed, compareSkills)
  // Said once for all queries.
  warnings.push(...more.filter((warning) => !warnings.includes(warning)))
  return ranked.map(({ document, result }, index) => ({
    document,
    result: { ...result, explanation: explanations[index]! },
  }))
}

/** The table is read when the first explanation with skills is asked for, and kept. */
function skillComparer(more: readonly (readonly string[])[]): CompareSkills {
  let names: SkillNames | undefined
  return async (wanted) => {
    const { createSkillComparison, shippedSkillNames } = await import('./skills/skills.ts')
    names ??= shippedSkillNames(more)
    return createSkillComparison(names, wanted)
  }
}

function textOf(document: MatchDocument): string {
  return joinTexts(textsOf(document))
}
