import type { Context } from '../../context.ts'
import { toAppError } from '../../errors.ts'
import type { InspectedFile } from '../../formats/inspect-file.ts'
import type { SourceRecord } from '../../formats/record.ts'
import { withDiscovery } from '../../models/catalog/discovery.ts'
import { inspectJob, type PlanningParts, planOfFile } from '../batch/job.ts'
import { identifyJob, type SettingsParts } from '../batch/plan/identify.ts'
import type { JobPlan } from '../batch/plan/plan.ts'
import { readRow } from '../batch/rows/read-row.ts'
import { isProblem } from '../batch/rows/row.ts'
import type { BatchPlace } from './batch-place.ts'
import { problemOf } from './problems.ts'
import type { FoundInput, Preview, PreviewRow } from './shapes.ts'

const SHOWN_ROWS = 20
const SHOWN_CHARACTERS = 500
const SHOWN_COLUMNS = 200

const NOTHING = { found: {}, columns: [], firstRows: [], rowsSeen: 0, whole: false, warnings: [] } as const

/** What a batch would make of a file, by the same decisions, and why it would fail at once. Never throws for the file. */
export async function previewFile(
  place: BatchPlace,
  parts: PlanningParts & SettingsParts,
  context: Context,
): Promise<Preview> {
  const identified = await identifyJob(place, parts, context)
  let file: InspectedFile
  try {
    file = await inspectJob(place, identified, context)
  } catch (cause) {
    return { ...NOTHING, problem: problemOf(toAppError(cause)) }
  }
  const { layout, names, records, whole } = file
  const { columns = names } = layout
  const seen = {
    columns: columns.slice(0, SHOWN_COLUMNS),
    firstRows: records.slice(0, SHOWN_ROWS).map(shown),
    rowsSeen: records.length,
    whole,
  }
  try {
    const plan = await withDiscovery(parts.catalog, context, () => planOfFile(file, identified, parts))
    return {
      problem: null,
      found: foundOf(plan),
      ...seen,
      warnings: warningsOf(file, plan, parts),
    }
  } catch (cause) {
    const { format, compression, charset, delimiter = null } = layout
    const found = { format, compression, charset, delimiter }
    return { problem: problemOf(toAppError(cause)), found, ...seen, warnings: [] }
  }
}

/** How a plan reads its file. */
export function foundOf({ model, dimensions, input }: JobPlan): FoundInput {
  const { format, compression, charset, delimiter = null, rows, textColumn = null } = input
  return { model: model.id, dimensions, format, compression, charset, delimiter, rows, textColumn }
}

function shown({ line, fields, problem }: SourceRecord): PreviewRow {
  if (!fields) return { line, fields: null, problem: problem ?? null }
  const entries = Object.entries(fields).slice(0, SHOWN_COLUMNS)
  return {
    line,
    fields: Object.fromEntries(entries.map(([name, value]) => [name, cut(value)])),
    problem: null,
  }
}

/** A value as JSON has it: a long text is cut, anything else that is long becomes the beginning of its JSON. */
function cut(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value, asText)
  if (text === undefined) return null
  if (text.length > SHOWN_CHARACTERS) return `${text.slice(0, SHOWN_CHARACTERS)}…`
  return typeof value === 'string' ? value : JSON.parse(text)
}

/** What JSON cannot hold, such as a big integer, as its text. */
function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** What would become error rows among the first ones, and what is odd about the file. */
function warningsOf({ records, whole }: InspectedFile, plan: JobPlan, { openAi }: PlanningParts): string[] {
  if (records.length === 0 && whole) {
    return ['The file has no rows: it is empty, or has nothing but a header or blank lines.']
  }
  const problems = records.flatMap((record) => {
    const row = readRow(record, plan, openAi)
    return isProblem(row) ? [row] : []
  })
  const [first] = problems
  if (!first) return []
  const { line } = first.record
  return [
    `${problems.length} of the first ${records.length} rows would become error rows; the first, in line ${line}: ${first.message}`,
  ]
}
