import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { GeneratorManifest } from '../../models/catalog/generator-manifest.ts'
import type { Message } from '../../models/generate/prompt.ts'
import { readAllForJudge } from './addressed.ts'
import type { JudgeCache } from './cache.ts'
import { beginningOf, QUOTES_VERSION, quotesPrompt, readJob } from './prompt.ts'
import { untilTime } from './time-box.ts'
import { findQuotes, type QuotePlace } from './verbatim.ts'

/** Those who were judged for one job, best first. */
export interface QuoteRequest {
  readonly job: string
  readonly resumes: readonly { readonly text: string; readonly score: number }[]
  /** When their judging began, since both have one time. */
  readonly began: number
}

/** What was quoted of the resumes of one job. */
export interface Quotings {
  /** In the order of the resumes; undefined of one that speaks to the judge, was not come to, or had no answer. */
  readonly quotes: readonly (readonly string[] | undefined)[]
  /** Quotes that stand nowhere in their resume. */
  readonly dropped: number
  /** Resumes of which the time was up. */
  readonly late: number
  /** Resumes of which the model gave no list. */
  readonly silent: number
}

/** What a model quoted: places, since no part of a resume is kept, and how many quotes stood nowhere. */
export type QuotedBefore = ReturnType<typeof findQuotes>

/** Below it none of five quotes stood in the resume. */
const LEAST_PARAMETERS = 7_000_000_000

/**
 * Refuses models whose words are no reason: small ones of this machine, and those that say yes or no alone.
 *
 * @throws AppError `unsupported_task` that names `judge.quotes`
 */
export function requireQuotable({ id, runtime, parameters, tasks }: GeneratorManifest): void {
  const isSmall = runtime !== 'remote' && parameters < LEAST_PARAMETERS
  if (!isSmall && tasks.includes('chat')) return
  const why = isSmall
    ? `has ${(parameters / 1e9).toFixed(1)} billion parameters; what models below 7 billion give as quotes does not stand in the resume`
    : 'says yes or no alone'
  throw new AppError(
    'unsupported_task',
    `The judge ${id} ${why}; leave judge.quotes out, or name in judge.model a model of another server, or a larger one that chats.`,
    { details: { field: 'judge.quotes', model: id } },
  )
}

interface Reader {
  /** Id and revision. */
  readonly model: string
  readonly tokens: number
  readonly cache: JudgeCache<QuotedBefore>
  /** As `askQuotes` does. */
  ask(
    conversations: readonly (readonly Message[])[],
    context: Context,
  ): AsyncIterable<readonly string[] | undefined>
}

/**
 * Asks for quotes of one resume after the other, and keeps those that stand in what the model was shown. Who speaks to
 * the judge is not quoted: a sentence that is not known for what it is must not get a place of honour.
 *
 * @throws AppError as the model does
 */
export async function quoteAll(
  { model, tokens: textTokens, cache, ask }: Reader,
  { job: whole, resumes }: QuoteRequest,
  { context, until }: { readonly context: Context; readonly until: number },
): Promise<Quotings> {
  const job = readJob(whole).text
  const judged = await readAllForJudge(
    resumes.map(({ text }) => text),
    context,
  )
  const read = judged.map(({ text, flags }, place) => {
    const shown = flags.length > 0 ? '' : beginningOf(text, textTokens)
    const fits = resumes[place]!.score >= 0.5
    const key = { model, promptVersion: `${QUOTES_VERSION} ${fits}`, textTokens, job, resume: shown }
    return { shown, fits, key }
  })
  const found = read.map(({ shown, key }) => (shown === '' ? undefined : cache.get(key)))
  const open = read.flatMap(({ shown }, place) => (shown !== '' && !found[place] ? [place] : []))
  const prompts = open.map((place) => quotesPrompt(job, read[place]!.shown, read[place]!.fits))
  let answered = 0
  let silent = 0
  await untilTime(context, until, async (bounded) => {
    if (open.length === 0 || Date.now() >= until) return
    for await (const quotes of ask(prompts, bounded)) {
      const place = open[answered++]!
      const { shown, key } = read[place]!
      if (!quotes) {
        silent += 1
        continue
      }
      const quoted = findQuotes(shown, quotes)
      found[place] = quoted
      cache.set(key, quoted)
    }
  })
  return {
    quotes: found.map((one, place) => one?.places.map((at) => textAt(read[place]!.shown, at))),
    dropped: found.reduce((sum, one) => sum + (one?.dropped ?? 0), 0),
    late: open.length - answered,
    silent,
  }
}

const textAt = (text: string, [start, end]: QuotePlace) => text.slice(start, end)
