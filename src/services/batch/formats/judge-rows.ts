import { setTimeout as wait } from 'node:timers/promises'
import type { Found } from '../../../collections/candidate-index.ts'
import { type Context, throwIfDone } from '../../../context.ts'
import { AppError, toAppError } from '../../../errors.ts'
import type { JudgePlan, JudgeService } from '../../judge/judge.ts'
import { type JudgeNote, quoteNotesOf } from '../../judge/notes.ts'
import { applyJudge, applyQuotes, type JudgeMarks } from '../../match/apply-judge.ts'
import { joinTexts, type MatchDocument, textsOf } from '../../match/document.ts'
import type { JobPlan } from '../plan/plan.ts'
import { redriveCommand } from '../plan/remedies.ts'
import { readDocuments } from './found-documents.ts'

type Match = { readonly id: string; readonly score: number } & JudgeMarks

/** Members of a collection as a row's matches, in their order after the judge, and what is to be said of it. */
interface JudgedMatches {
  readonly matches: readonly Match[]
  readonly notes: readonly JudgeNote[]
}

/** Judges the members that were found for the text of a row. */
export type JudgeMatches = (text: string, found: readonly Found[], context: Context) => Promise<JudgedMatches>

/** A server that fails is asked so many times, with a longer wait each time; then the row says that it failed. */
const MOST_TRIES = 3
const FIRST_WAIT_MS = 1000
/** A model that is busy is asked again and again: a file can wait. */
const BUSY_WAIT_MS = 500

/**
 * Judges the rows of a job as its plan says, each with a time of its own. A judge that fails leaves a row as it was
 * found, which the row and the summary of the job say.
 *
 * @throws AppError `artifact_missing` when the judge is of another revision than the one that the job began with, and as
 * `JudgeService.plan` does
 */
export function createRowJudge(
  judge: JudgeService,
  { id: job, top: kept, judge: planned, redact }: JobPlan & { readonly judge: NonNullable<JobPlan['judge']> },
): JudgeMatches {
  const { model, revision, top, weight, quotes } = planned
  const plan = judge.plan({ model, top, quotes })
  requireRevision(plan, revision, job)
  return async (text, found, context) => {
    const { documents, notes: unfound } = await readDocuments(found, redact)
    const members = found.map(({ id, score }, at) => ({ result: { id, score }, document: documents[at]! }))
    let began = 0
    const judged = await orElse(context, 'judge', members, async () => {
      began = Date.now()
      const session = { judge: judge.begin(plan, context), weight }
      const { ranked, notes } = await applyJudge(top, text, members, textOf, session)
      return {
        ranked: ranked.map(({ marks, result, document }) => ({ document, result: { ...result, ...marks } })),
        notes,
      }
    })
    const best = judged.ranked.slice(0, kept)
    const quoted = !quotes
      ? { ranked: best, notes: [] }
      : await orElse(context, 'quotes', best, async () => {
          const { ranked, told } = await applyQuotes(best, textOf, (resumes) =>
            judge.quote(plan, { job: text, resumes, began }, context),
          )
          return { ranked, notes: quoteNotesOf([told]) }
        })
    return {
      matches: quoted.ranked.map(({ result }) => result),
      notes: [...unfound, ...judged.notes, ...quoted.notes],
    }
  }
}

interface Member {
  readonly result: Match
  readonly document: MatchDocument
}

interface Staged {
  readonly ranked: readonly Member[]
  readonly notes: readonly JudgeNote[]
}

/** What a stage makes of a row's members; where it fails, they stay as they are, and the row says so. */
async function orElse(
  context: Context,
  stage: 'judge' | 'quotes',
  ranked: readonly Member[],
  run: () => Promise<Staged>,
): Promise<Staged> {
  try {
    return await insist(context, run)
  } catch (cause) {
    throwIfDone(context)
    const sentence = `The stage ${stage} was left out: ${toAppError(cause).message}`
    return { ranked, notes: [{ kind: stage === 'judge' ? 'left_out' : 'quotes_left_out', sentence }] }
  }
}

function textOf({ document }: Member): string {
  return joinTexts(textsOf(document))
}

/** Verdicts of two revisions of a model are not of one kind, so they never get into one output. */
function requireRevision({ manifest }: JudgePlan, expected: string | undefined, job: string): void {
  const got = 'revision' in manifest ? manifest.revision : undefined
  if (got === expected) return
  throw new AppError(
    'artifact_missing',
    `Job ${job} began with the judge ${manifest.id}@${expected ?? '(of another server)'}; this deployment has ${got ?? 'that of another server'}; restart the job with "${redriveCommand(job, { restart: true })}".`,
    { details: { model: manifest.id, expected, got } },
  )
}

/** Asks again where that can help: for as long as the model is busy, and a few times when its server fails. */
async function insist<T>(context: Context, ask: () => Promise<T>): Promise<T> {
  for (let failed = 0; ; ) {
    try {
      return await ask()
    } catch (error) {
      throwIfDone(context)
      const { code, retryable, details } = toAppError(error)
      if (code !== 'overloaded' && (!retryable || ++failed >= MOST_TRIES)) throw error
      const usual = code === 'overloaded' ? BUSY_WAIT_MS : FIRST_WAIT_MS * 2 ** (failed - 1)
      const asked = 1000 * Number(details.retryAfterSeconds ?? 0)
      const ms = Math.min(Math.max(usual, asked), Math.max(0, context.deadline - Date.now()))
      await wait(ms, undefined, { signal: context.signal }).catch(() => undefined)
    }
  }
}
