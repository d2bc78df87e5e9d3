import { isRecord } from '../is-record.ts'

/** What the page says in words of a report; the picture shows the rest. */
export interface ReportWords {
  /** Whether no rule speaks against the model; undefined where the report does not say. */
  readonly ships: boolean | undefined
  /** One sentence for each rule that does. */
  readonly reasons: readonly string[]
}

/** Reads what `GET /models/{model}/report` answers; a report of another shape says nothing rather than something wrong. */
export function readReportWords(report: unknown): ReportWords {
  const decision = isRecord(report) ? report.decision : undefined
  if (!isRecord(decision)) return { ships: undefined, reasons: [] }
  const { ships, reasons } = decision
  const sentences = Array.isArray(reasons) ? reasons.filter((one) => typeof one === 'string') : []
  return { ships: typeof ships === 'boolean' ? ships : undefined, reasons: sentences }
}
