import type { JudgeSettings } from './services/judge/judge.ts'
import { type Reader, wrong } from './settings.ts'

/** Beyond it a judge of noise costs more than a good one gains: see `blendJudge`. */
const MOST_WEIGHT = 0.5
const WEIGHT = 0.25
const DAY_MS = 86_400_000

/** How a language model judges matches that ask for it. */
export interface JudgeConfig {
  /** Whom requests ask that name nobody. */
  readonly judgeModel: string | undefined
  readonly judgeTop: number
  /** Tokens of a resume that are read. */
  readonly judgeTokens: number
  readonly judgeWeight: number
  /** Half of what is left when absent. */
  readonly judgeTimeoutMs: number | undefined
  /** Verdicts that are kept. */
  readonly judgeCache: number
  /** The report that proves what the model gains: a file, or its JSON. */
  readonly judgeReport: string | undefined
}

/**
 * The settings of the judge, which judges only where a request asks for it.
 *
 * @throws AppError `invalid_request` that names the setting, what it should be and what it is
 */
export function readJudgeSettings(read: Reader): JudgeConfig {
  return {
    judgeModel: read.text('JUDGE_MODEL'),
    judgeTop: read.integer('JUDGE_TOP', 1, 50, 10),
    judgeTokens: read.integer('JUDGE_TOKENS', 16, 8192, 300),
    judgeWeight: weightOf(read.text('JUDGE_WEIGHT')),
    judgeTimeoutMs: read.integer('JUDGE_TIMEOUT_MS', 0, DAY_MS, 0) || undefined,
    judgeCache: read.integer('JUDGE_CACHE', 0, 1_000_000, 10_000),
    judgeReport: read.text('JUDGE_REPORT'),
  }
}

/** The same as the service takes them. */
export function judgeSettingsOf(config: JudgeConfig): JudgeSettings {
  const { judgeModel: model, judgeTop: top, judgeTokens: tokens, judgeWeight: weight } = config
  return { model, top, tokens, weight, timeoutMs: config.judgeTimeoutMs, cacheEntries: config.judgeCache }
}

function weightOf(text: string | undefined): number {
  if (text === undefined) return WEIGHT
  const weight = Number(text)
  if (weight >= 0 && weight <= MOST_WEIGHT) return weight
  throw wrong('JUDGE_WEIGHT', `is "${text}"; expected a number from 0 to ${MOST_WEIGHT}`)
}
