import type { InferOutput } from 'valibot'
import { AppError } from '../../src/errors.ts'
import type { matchResponse } from '../../src/http/match-schemas.ts'
import type { LocalApi } from '../console/local-api.ts'
import type { RowDocument } from './documents.ts'

type Answer = InferOutput<typeof matchResponse>
type Result = NonNullable<Answer['results']>[number]

/** A candidate in its place. */
export interface RankedDocument {
  readonly document: RowDocument
  readonly result: Result
}

/** What a ranking has found. */
export interface RankedJobs {
  readonly jobs: readonly { readonly job: RowDocument; readonly ranked: readonly RankedDocument[] }[]
  readonly model: string
  readonly candidates: number
  /** Those that a filter left out: the first of them, and how many there were. */
  readonly excluded: readonly { readonly document: RowDocument; readonly reason: string }[]
  readonly excludedCount: number
  readonly warnings: readonly string[]
}

/** The fields of `POST /match` beside query and candidates. */
export type MatchOptions = Readonly<Record<string, unknown>> & { readonly topK: number }

/** Candidates of one request, as the HTTP interface takes at most. */
const AT_ONCE = 1000
/** Characters of one request: a few copies of them are in memory. */
const MOST_CHARACTERS = 16_000_000
/** Excluded candidates that are kept with their reasons. */
const MOST_EXCLUDED = 1000

/**
 * Ranks any number of candidates for each job, a thousand at a time: a score depends on the candidate and its job alone, so the
 * best of all are the best of the parts. Only they are read again by a reranker and explained.
 *
 * @throws AppError what the service answers, with the row in the place of `candidates[3]`
 */
export async function rankDocuments(
  api: LocalApi,
  jobs: readonly RowDocument[],
  candidates: AsyncIterable<RowDocument>,
  options: MatchOptions,
): Promise<RankedJobs> {
  const state = createState(jobs, options)
  const { rerank, ...quick } = options
  let parts = 0
  for await (const { part, last } of inParts(candidates)) {
    // One part alone is ranked in one go.
    const only = last && parts === 0
    state.add(part, await ask(api, jobs, part, only ? { ...options, explain: true } : { ...quick }))
    if (only) return state.end()
    parts++
  }
  if (parts === 0)
    throw new AppError('empty_input', 'There is no candidate with a text; expected at least one.')
  for (const [index, job] of jobs.entries()) {
    const best = state.best(index)
    if (best.length === 0) continue
    state.replace(index, best, await ask(api, [job], best, { ...options, filters: undefined, explain: true }))
  }
  return state.end()
}

async function* inParts(candidates: AsyncIterable<RowDocument>) {
  let part: RowDocument[] = []
  let characters = 0
  for await (const candidate of candidates) {
    const own = JSON.stringify(candidate.fields).length
    if (part.length === AT_ONCE || (part.length > 0 && characters + own > MOST_CHARACTERS)) {
      yield { part, last: false }
      part = []
      characters = 0
    }
    part.push(candidate)
    characters += own
  }
  if (part.length > 0) yield { part, last: true }
}

function createState(jobs: readonly RowDocument[], { topK }: MatchOptions) {
  const ranked: RankedDocument[][] = jobs.map(() => [])
  const excluded: { document: RowDocument; reason: string }[] = []
  const warnings = new Set<string>()
  let counts = { candidates: 0, excluded: 0 }
  let model = ''
  const rankedOf = (answer: Answer, index: number, part: readonly RowDocument[]) =>
    (answer.matches?.[index]?.results ?? []).map((result) => ({ document: part[result.index]!, result }))
  const note = (answer: Answer) => {
    model = answer.models.map((used) => used.model).join(', ')
    for (const warning of answer.warnings) warnings.add(warning)
  }
  return {
    add(part: readonly RowDocument[], answer: Answer): void {
      note(answer)
      counts = {
        candidates: counts.candidates + part.length,
        excluded: counts.excluded + answer.excluded.length,
      }
      const sent = new Map(sentIds(part).map((id, index) => [id, part[index]!] as const))
      for (const { id, reason } of answer.excluded) {
        if (excluded.length < MOST_EXCLUDED) excluded.push({ document: sent.get(id)!, reason })
      }
      for (const [index, known] of ranked.entries()) {
        const both = [...known, ...rankedOf(answer, index, part)]
        ranked[index] = both.sort((one, other) => other.result.score - one.result.score).slice(0, topK)
      }
    },
    best: (index: number) => ranked[index]!.map(({ document }) => document),
    replace(index: number, part: readonly RowDocument[], answer: Answer): void {
      note(answer)
      ranked[index] = rankedOf(answer, 0, part)
    },
    end: (): RankedJobs => ({
      jobs: jobs.map((job, index) => ({ job, ranked: ranked[index]! })),
      model,
      candidates: counts.candidates,
      excluded,
      excludedCount: counts.excluded,
      // What one thousand lacks, another may have.
      warnings: [...warnings].filter(
        (warning) => !warning.includes('leaves everybody out') || counts.excluded === counts.candidates,
      ),
    }),
  }
}

/** The ids of rows, which answers call them by; of rows that share one, their places. */
function sentIds(rows: readonly RowDocument[]): string[] {
  const counts = new Map<string, number>()
  for (const { id } of rows) counts.set(id, (counts.get(id) ?? 0) + 1)
  return rows.map(({ id, place }) => (counts.get(id) === 1 ? id : place))
}

async function ask(
  api: LocalApi,
  jobs: readonly RowDocument[],
  part: readonly RowDocument[],
  options: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const documents = (rows: readonly RowDocument[]) => {
    const ids = sentIds(rows)
    return rows.map(({ fields }, index) => ({ ...fields, id: ids[index]! }))
  }
  const named = (text: string) =>
    text
      .replaceAll(/candidates\[(\d+)\]/g, (all, index) => part[Number(index)]?.place ?? all)
      .replaceAll(/queries\[(\d+)\]/g, (all, index) => jobs[Number(index)]?.place ?? all)
  try {
    const answer = await api.post<Answer>('/match', {
      ...options,
      queries: documents(jobs),
      candidates: documents(part),
    })
    return { ...answer, warnings: answer.warnings.map(named) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, named(error.message), { details: error.details, cause: error })
  }
}
