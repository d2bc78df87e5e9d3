import type { Context } from '../../context.ts'
import { AppError, invalid, toAppError } from '../../errors.ts'
import type { GeneratorManifest } from '../../models/catalog/generator-manifest.ts'
import type { Generator } from '../../models/generate/generator.ts'
import { readAllForJudge } from './addressed.ts'
import { askJudge } from './ask.ts'
import { askQuotes } from './ask-quotes.ts'
import { createCache, type JudgeCache } from './cache.ts'
import { type JudgeNote, jobCutNote, notesOf } from './notes.ts'
import { PROMPT_VERSION, questionOf, readJob } from './prompt.ts'
import { type QuotedBefore, type QuoteRequest, type Quotings, quoteAll, requireQuotable } from './quote.ts'
import { endOfJudging, untilTime } from './time-box.ts'

/** What a request asks of the judge. */
export interface JudgeRequest {
  readonly model?: string | undefined
  /** How many of the best candidates are judged. */
  readonly top?: number | undefined
  /** Whether it is to quote what its verdicts rest on. */
  readonly quotes?: boolean | undefined
}

/** Who judges, how many, and whether it quotes. */
export interface JudgePlan {
  readonly manifest: GeneratorManifest
  readonly top: number
  readonly quotes?: true
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
  /** @throws AppError that names `judge.model`, or `judge.quotes` for a model whose words are worth nothing */
  plan(request: JudgeRequest): JudgePlan
  /**
   * Begins the judging of one request, whose time is counted from here on for all its jobs.
   *
   * @returns judges the resumes of one job. It throws as the model does, and `deadline_exceeded` only when the request's
   * own time is up: when the judge's is, those who were not judged have no score
   */
  begin(plan: JudgePlan, context: Context): (job: string, resumes: readonly string[]) => Promise<Judgements>
  /**
   * Quotes of those who were judged, within the time that their judging began.
   *
   * @throws AppError as the model does, and `deadline_exceeded` only when the request's own time is up
   */
  quote(plan: JudgePlan, request: QuoteRequest, context: Context): Promise<Quotings>
}

/** The judge of one process; nothing is loaded before the first resume is judged. */
export function createJudgeService(models: JudgeModels, settings: JudgeSettings): JudgeService {
  const cache = createCache<number>(settings.cacheEntries)
  const quoted = createCache<QuotedBefore>(settings.cacheEntries)
  return {
    weight: settings.weight,
    plan: ({ model = settings.model, top = settings.top, quotes = false }) => {
      if (model === undefined) {
        throw invalid(
          'judge.model',
          'No model was named in judge.model, and JUDGE_MODEL is not set; name one.',
        )
      }
      const manifest = resolveAs(models, model)
      if (quotes) requireQuotable(manifest)
      return { manifest, top, ...(quotes && { quotes }) }
    },
    begin(plan, context) {
      const until = endOfJudging(settings.timeoutMs, context, Date.now())
      const reader = { plan, tokens: settings.tokens, cache, models }
      return (job, resumes) => judgeAll(reader, job, resumes, { context, until })
    },
    quote({ manifest }, request, context) {
      const until = endOfJudging(settings.timeoutMs, context, request.began)
      const ask: Parameters<typeof quoteAll>[0]['ask'] = (conversations, bounded) =>
        models.use(manifest, bounded, (judge) => askQuotes(judge, conversations, bounded))
      const reader = { model: nameOf(manifest), tokens: settings.tokens, cache: quoted, ask }
      return quoteAll(reader, request, { context, until })
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

/** The id and the revision, as a key. */
function nameOf(manifest: GeneratorManifest): string {
  return `${manifest.id}@${'revision' in manifest ? manifest.revision : ''}`
}

interface Reader {
  readonly plan: JudgePlan
  readonly tokens: number
  readonly cache: JudgeCache<number>
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
  const read = await readAllForJudge(resumes, context)
  const model = nameOf(plan.manifest)
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
