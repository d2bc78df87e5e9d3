import { type Context, linkContext } from '../../context.ts'
import { AppError, invalid, toAppError } from '../../errors.ts'
import type { GeneratorManifest } from '../../models/catalog/generator-manifest.ts'
import type { Generator } from '../../models/generate/generator.ts'
import { readForJudge } from './addressed.ts'
import { askJudge } from './ask.ts'
import { createVerdictCache } from './cache.ts'
import { type JudgeNote, jobCutNote, notesOf } from './notes.ts'
import { PROMPT_VERSION, questionOf, readJob } from './prompt.ts'

/** What a request asks of the judge. */
export interface JudgeRequest {
  readonly model?: string | undefined
  /** How many of the best candidates are judged. */
  readonly top?: number | undefined
}

/** Who judges, and how many. */
export interface JudgePlan {
  readonly manifest: GeneratorManifest
  readonly top: number
}

/** What was found of one candidate. */
interface Judgement {
  /** The chance that the resume fits the job, as the model has it; absent where it was not judged. */
  readonly score?: number
  /** What its text did, such as `addresses_the_judge`: then it can only fall. */
  readonly flags: readonly string[]
}

/** What was found of the candidates of one job. */
interface Judgements {
  /** In the order of the resumes. */
  readonly judged: readonly Judgement[]
  /** What is to be said of it. */
  readonly notes: readonly JudgeNote[]
}

/** What the deployment chose. */
export interface JudgeSettings {
  /** Whom requests ask that name nobody. */
  readonly model: string | undefined
  readonly top: number
  /** Tokens of a resume that are read. */
  readonly tokens: number
  /** Of the judge against the ranking before it, 0 to 0.5. */
  readonly weight: number
  /** Milliseconds for the judge of one request; half of what is left when absent. */
  readonly timeoutMs: number | undefined
  /** Verdicts that are kept. */
  readonly cacheEntries: number
}

/** Language models that judge. */
export interface JudgeModels {
  /** @throws AppError `unknown_model`, `unsupported_task`, `artifact_missing` */
  resolve(name: string): GeneratorManifest
  /** Does work with a model, which is not closed meanwhile. */
  use<T>(
    manifest: GeneratorManifest,
    context: Context,
    work: (model: Generator) => AsyncIterable<T>,
  ): AsyncIterable<T>
}

/** Judges resumes for jobs by a language model. */
export interface JudgeService {
  readonly weight: number
  /** @throws AppError that names `judge.model` */
  plan(request: JudgeRequest): JudgePlan
  /**
   * Begins the judging of one request, whose time is counted from here on for all its jobs.
   *
   * @returns judges the resumes of one job. It throws as the model does, and `deadline_exceeded` only when the request's
   * own time is up: when the judge's is, those who were not judged have no score
   */
  begin(plan: JudgePlan, context: Context): (job: string, resumes: readonly string[]) => Promise<Judgements>
}

/** Where nothing says how long a request may take. */
const MOST_MS = 60_000

/** The judge of one process; nothing is loaded before the first resume is judged. */
export function createJudgeService(models: JudgeModels, settings: JudgeSettings): JudgeService {
  const cache = createVerdictCache(settings.cacheEntries)
  return {
    weight: settings.weight,
    plan: ({ model = settings.model, top = settings.top }) => {
      if (model === undefined) {
        throw invalid(
          'judge.model',
          'No model was named in judge.model, and JUDGE_MODEL is not set; name one.',
        )
      }
      return { manifest: resolveAs(models, model), top }
    },
    begin(plan, context) {
      const left = Math.min(context.deadline - Date.now(), 2 * MOST_MS)
      const until = Math.min(context.deadline, Date.now() + (settings.timeoutMs ?? left / 2))
      const reader = { plan, tokens: settings.tokens, cache, models }
      return (job, resumes) => judgeAll(reader, job, resumes, { context, until })
    },
  }
}

/** The error of a model says which field of the request named it. */
function resolveAs(models: JudgeModels, name: string): GeneratorManifest {
  try {
    return models.resolve(name)
  } catch (cause) {
    const { code, message, details } = toAppError(cause)
    throw new AppError(code, message, { details: { ...details, field: 'judge.model' }, cause })
  }
}

interface Reader {
  readonly plan: JudgePlan
  readonly tokens: number
  readonly cache: ReturnType<typeof createVerdictCache>
  readonly models: JudgeModels
}

async function judgeAll(
  reader: Reader,
  job: string,
  resumes: readonly string[],
  { context, until }: { readonly context: Context; readonly until: number },
): Promise<Judgements> {
  const { plan, tokens: textTokens, cache } = reader
  const asked = readJob(job)
  const read = resumes.map(readForJudge)
  const model = `${plan.manifest.id}@${'revision' in plan.manifest ? plan.manifest.revision : ''}`
  const keyOf = (resume: string) => ({
    model,
    promptVersion: PROMPT_VERSION,
    textTokens,
    job: asked.text,
    resume,
  })
  const scores = read.map(({ text }) => (text === '' ? undefined : cache.get(keyOf(text))))
  const open = read.flatMap(({ text }, place) => (text !== '' && scores[place] === undefined ? [place] : []))
  const question = questionOf(
    asked.text,
    open.map((place) => read[place]!.text),
    textTokens,
  )
  const told = { cut: 0, coarse: false, silent: 0, answered: 0 }
  const waited = await untilTime(context, until, async (bounded) => {
    if (open.length === 0) return
    const { manifest } = plan
    const verdicts = reader.models.use(manifest, bounded, (judge) => askJudge(judge, question, bounded))
    for await (const { place, score, cut, coarse } of verdicts) {
      told.answered += 1
      told.cut += Number(cut)
      told.coarse ||= coarse
      told.silent += Number(score === undefined)
      if (score === undefined) continue
      scores[open[place]!] = score
      cache.set(keyOf(read[open[place]!]!.text), score)
    }
  })
  const done = resumes.length - open.length + told.answered
  const empty = read.filter(({ text }) => text === '').length
  const all = { ...told, candidates: resumes.length, done, waited, empty }
  return {
    judged: read.map(({ flags }, place) => ({
      flags,
      ...(scores[place] !== undefined && { score: scores[place] }),
    })),
    notes: [
      ...(asked.cut ? [jobCutNote(asked.text.length)] : []),
      ...notesOf(all, textTokens, plan.manifest.id),
    ],
  }
}

/**
 * Runs work until its own time is up, which is no failure; the request's own end is.
 *
 * @returns whether the time was up while it waited for its turn with the model
 */
async function untilTime(
  context: Context,
  until: number,
  work: (bounded: Context) => Promise<void>,
): Promise<boolean> {
  const linked = linkContext({ ...context, deadline: until })
  try {
    await work({ ...linked.context, deadline: until })
    return false
  } catch (error) {
    // Who waits in a line has a timer of his own, which may come before the signal.
    const isLeft = !context.signal.aborted && Date.now() < context.deadline
    const { code, details } = toAppError(error)
    if (code !== 'deadline_exceeded' || !isLeft) throw error
    return details.waiting === true
  } finally {
    linked.unlink()
  }
}
