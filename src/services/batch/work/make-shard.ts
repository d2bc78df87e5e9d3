import type { Context } from '../../../context.ts'
import type { SourceRecord } from '../../../formats/record.ts'
import { releaseMemory } from '../../../vector/release.ts'
import type { EmbedService } from '../../embed.ts'
import { countMarks } from '../../unknown.ts'
import type { ShardFormat } from '../formats/shard-format.ts'
import type { JobPlan } from '../plan/plan.ts'
import { type EmbeddedInputs, embedInputs } from '../rows/embed-rows.ts'
import { toErrorLines } from '../rows/error-lines.ts'
import { type OpenAiDialect, refuseCut, refuseRepeated } from '../rows/openai-lines.ts'
import { readRow } from '../rows/read-row.ts'
import type { RecordGroup, ShardEnd } from '../rows/record-groups.ts'
import { isProblem, type Row, type RowProblem } from '../rows/row.ts'
import type { FinishedRow } from '../rows/row-lines.ts'
import { addCounts, type Checkpoint } from './checkpoint.ts'
import { countReasons } from './reasons.ts'
import { countFirst } from './verdict.ts'

/** One shard, ready to be written, with the checkpoint that it carries. */
export interface Shard {
  readonly body: Uint8Array
  /** JSON lines of the rows that could not be worked on; empty when all could. */
  readonly errors: Uint8Array
  readonly checkpoint: Checkpoint
}

/** What a shard is made with. */
export interface ShardJob {
  readonly plan: JobPlan
  readonly embed: EmbedService
  readonly format: ShardFormat
  readonly openAi: OpenAiDialect
  /** Whether rows on which the model fails become error rows: it failed before. */
  readonly isolate: boolean
}

/** A shard in the making. */
export interface OpenShard {
  /** Embeds the rows of a group and keeps their output. Nothing is written. */
  add(group: RecordGroup, context: Context): Promise<void>
  /** The whole shard, to be called once, after its last group. */
  finish(end: ShardEnd): Promise<Shard>
}

/** Begins the shard that follows `before`. */
export function openShard(before: Checkpoint, { plan, embed, format, openAi, isolate }: ShardJob): OpenShard {
  const body = format.open()
  const options = { dimensions: plan.dimensions, isolate, embed: embedderOf(plan, embed) }
  let totals: Totals = { ...before, shardErrors: 0 }
  let errors = ''
  const seen = new Set<string>()
  return {
    async add({ records }, context) {
      const begun = performance.now()
      const rowsOrProblems = records.map((record) => readRow(record, plan, openAi))
      const read = refuseRepeated(rowsOrProblems, seen)
      const rows = read.filter((row): row is Row => !isProblem(row))
      const inputs = rows.flatMap((row) => row.inputs)
      const embedded = await embedInputs(inputs, options, context)
      const { finished, refused } = sortOut(rows, embedded, plan)
      const problems = inOrder([...read.filter(isProblem), ...refused])
      await body.add(finished, embedded.vectors, context)
      releaseMemory(embedded.vectors.data)
      errors += toErrorLines(problems, totals.shardErrors, openAi)
      const workMs = performance.now() - begun
      totals = addUp(
        totals,
        {
          rows: finished.length,
          unknown: finished.filter(isUnknown).length,
          truncated: finished.reduce((sum, { cut }) => sum + countMarks(cut), 0),
          records,
          problems,
          shard: before.shards,
        },
        embedded,
        workMs,
      )
    },
    async finish({ next, last, blankLines }) {
      const begun = performance.now()
      const bytes = await body.finish()
      const workMs = totals.workMs + performance.now() - begun
      totals = { ...totals, notes: addCounts(before.notes, body.notes?.() ?? {}) }
      return {
        body: bytes,
        errors: Buffer.from(errors),
        checkpoint: {
          ...inWholeMilliseconds({ ...totals, workMs, blankLines: totals.blankLines + blankLines }),
          shards: before.shards + 1,
          ...next,
          last,
        },
      }
    },
  }
}

/** What a checkpoint counts. */
type Totals = Omit<Checkpoint, 'shards' | 'start' | 'index' | 'line' | 'last'>

/** What became of a group of records. */
interface GroupEnd {
  readonly rows: number
  /** Of these, how many have an input of which the model knows no token. */
  readonly unknown: number
  /** Inputs that lost tokens. */
  readonly truncated: number
  readonly records: readonly SourceRecord[]
  readonly problems: readonly RowProblem[]
  /** Number of its shard. */
  readonly shard: number
}

function addUp(
  before: Totals,
  { rows, unknown, truncated, records, problems, shard }: GroupEnd,
  { tokens, retries, tokenizeMs, inferenceMs }: EmbeddedInputs,
  workMs: number,
): Totals {
  return {
    rows: before.rows + rows,
    errors: before.errors + problems.length,
    codes: countCodes(before.codes, problems),
    tokens: before.tokens + tokens,
    truncated: before.truncated + truncated,
    unknown: before.unknown + unknown,
    notes: before.notes,
    blankLines: before.blankLines,
    retries: before.retries + retries,
    workMs: before.workMs + workMs,
    tokenizeMs: before.tokenizeMs + tokenizeMs,
    inferenceMs: before.inferenceMs + inferenceMs,
    shardErrors: before.shardErrors + problems.length,
    first: countFirst(before.first, records, problems),
    reasons: countReasons(before.reasons, problems, shard),
  }
}

function inWholeMilliseconds(totals: Totals): Totals {
  const { workMs, tokenizeMs, inferenceMs } = totals
  return {
    ...totals,
    workMs: Math.round(workMs),
    tokenizeMs: Math.round(tokenizeMs),
    inferenceMs: Math.round(inferenceMs),
  }
}

function embedderOf({ model, dimensions, ...plan }: JobPlan, embed: EmbedService) {
  const { role, normalize, truncate, deterministic } = plan
  const options = { role, dimensions, normalize, truncate, deterministic }
  const { manifest } = embed.plan({ inputs: [], model: model.id, options })
  return (inputs: Parameters<EmbedService['plan']>[0]['inputs'], context: Context) =>
    embed.run({ manifest, inputs, options }, context)
}

/** The error of a row of which the model knows no token. */
const UNKNOWN = {
  code: 'empty_input',
  message:
    'The model knows no token of the text (emoji, a script that it never learnt, or characters without width), so its vector would say nothing; leave such rows out, or choose a model of their language.',
} as const

function isUnknown({ unknown }: FinishedRow): boolean {
  return unknown.includes(1)
}

/** A row of several inputs is refused as a whole when one of them is. */
function sortOut(rows: readonly Row[], embedded: EmbeddedInputs, plan: JobPlan) {
  const finished: FinishedRow[] = []
  const refused: RowProblem[] = []
  let first = 0
  for (const row of rows) {
    const end = first + row.inputs.length
    const unknown = embedded.unknown.subarray(first, end)
    const cut = embedded.cut.subarray(first, end)
    const inputTokens = embedded.inputTokens.subarray(first, end)
    const inputProblem = row.inputs.map((_, index) => embedded.problems.get(first + index)).find(Boolean)
    const problem = inputProblem ?? problemOf(row, { unknown, cut, inputTokens }, plan)
    const tokens = inputTokens.reduce((sum, count) => sum + count, 0)
    if (problem) refused.push({ record: row.record, ...problem, ...(row.openAi && { openAi: true }) })
    else finished.push({ row, first, tokens, unknown, cut })
    first = end
  }
  return { finished, refused }
}

/** What a row is refused for that the model took. */
function problemOf(
  { openAi }: Row,
  { unknown, cut, inputTokens }: Pick<EmbeddedInputs, 'unknown' | 'cut' | 'inputTokens'>,
  plan: JobPlan,
) {
  if (plan.unknown === 'error' && unknown.includes(1)) return UNKNOWN
  if (openAi?.truncate === undefined || !cut.includes(1)) return undefined
  return refuseCut(openAi.truncate, inputTokens[cut.indexOf(1)]!, plan)
}

function inOrder(problems: RowProblem[]): RowProblem[] {
  return problems.sort((one, other) => one.record.index - other.record.index)
}

function countCodes(before: Readonly<Record<string, number>>, problems: readonly RowProblem[]) {
  const codes: Record<string, number> = { ...before }
  for (const { code } of problems) codes[code] = (codes[code] ?? 0) + 1
  return codes
}
