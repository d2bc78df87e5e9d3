import { readFileSync } from 'node:fs'
import { isRecord } from './is-record.ts'
import type { JudgeConfig } from './judge-settings.ts'
import { PROMPT_VERSION } from './services/judge/prompt.ts'

/** How a deployment judges where nothing else is said. */
type DefaultJudge = Pick<JudgeConfig, 'judgeModel' | 'judgeTop' | 'judgeTokens' | 'judgeWeight'>

/** What a deployment calls the two settings. */
interface SettingNames {
  readonly model: string
  readonly report: string
}

/**
 * Why nobody should judge by default: no report of `npm run evaluate -- --judge` proves a gain of this model with these
 * settings.
 *
 * @param report the JSON of a report; undefined where there is none
 * @returns a sentence with its remedy; undefined where there is a proof, or no judge
 */
export function describeUnproven(
  judge: DefaultJudge,
  report: string | undefined,
  { model, report: place }: SettingNames,
): string | undefined {
  const { judgeModel } = judge
  if (judgeModel === undefined) return undefined
  const reason = report === undefined ? `${place} names no report that can be read` : whyNot(judge, report)
  return (
    reason &&
    `${model}=${judgeModel} is not proven to rank any better: ${reason}. Measure it on your own pairs by "npm run evaluate -- --judge ${judgeModel} --pairs <file>" and give ${place} what that writes, or leave ${model} out.`
  )
}

/** The same of the settings of a server, which serves all the same. */
export function describeUnprovenJudge(config: DefaultJudge & Pick<JudgeConfig, 'judgeReport'>): string[] {
  const { judgeReport } = config
  const report = judgeReport === undefined ? undefined : readJudgeReport(judgeReport)
  const doubt = describeUnproven(config, report, { model: 'JUDGE_MODEL', report: 'JUDGE_REPORT' })
  return doubt === undefined ? [] : [doubt]
}

/** A report by its file, or as it stands in a setting; undefined where no such file can be read. */
export function readJudgeReport(place: string): string | undefined {
  if (place.startsWith('{')) return place
  try {
    return readFileSync(place, 'utf8')
  } catch {
    return undefined
  }
}

function whyNot(judge: DefaultJudge, text: string): string | undefined {
  const report = parse(text)
  if (report === undefined) return 'the report is none that this version writes'
  const { names, measured, measures, worse } = report
  const isOwn = names.some((name) => name.toLowerCase() === judge.judgeModel!.toLowerCase())
  if (!isOwn) return `the report is that of ${names[0]}`
  const { judgeTop: top, judgeTokens: tokens, judgeWeight: weight } = judge
  const wanted = { promptVersion: PROMPT_VERSION, top, tokens, weight }
  for (const [name, value] of Object.entries(wanted)) {
    if (measured[name] !== value)
      return `the report was measured with ${name}=${measured[name]}, not ${value}`
  }
  const lost = measures.find(({ low }) => !(low > 0))
  if (lost) {
    return `the interval of the gain in ${lost.name} is ${lost.low.toFixed(3)} to ${lost.high.toFixed(3)} and includes 0, or lies below it`
  }
  return worse.length > 0 ? `it makes it worse for a group by ${worse.join(' and by ')}` : undefined
}

interface Report {
  readonly names: readonly string[]
  readonly measured: Readonly<Record<string, unknown>>
  readonly measures: readonly { readonly name: string; readonly low: number; readonly high: number }[]
  /** Kinds of groups that fare worse. */
  readonly worse: readonly string[]
}

/** Only what decides; the rest is for people. */
function parse(text: string): Report | undefined {
  try {
    const { format, judge, measured, measures, fairness } = JSON.parse(text)
    const isWhole =
      format === 1 &&
      isRecord(measured) &&
      judge.names.length > 0 &&
      measures.length > 0 &&
      measures.every(({ low, high }: Report['measures'][number]) => Number.isFinite(high - low))
    const drops = fairness.filter(({ isDrop }: { isDrop: boolean }) => isDrop)
    const worse = drops.map(({ kind }: { kind: string }) => kind)
    return isWhole ? { names: judge.names.map(String), measured, measures, worse } : undefined
  } catch {
    return undefined
  }
}
