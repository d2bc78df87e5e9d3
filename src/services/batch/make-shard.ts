import type { Context } from '../../context.ts'
import type { EmbedService } from '../embed.ts'
import type { Checkpoint } from './checkpoint.ts'
import { embedInputs } from './embed-rows.ts'
import { type FinishedRow, toErrorLines } from './lines-out.ts'
import type { ShardFormat } from './parts.ts'
import type { JobPlan } from './plan.ts'
import { isProblem, type Row, type RowProblem, readRow } from './rows.ts'
import type { RecordGroup } from './shards.ts'

/** One shard, ready to be written, with the checkpoint that it carries. */
export interface Shard {
  readonly body: Uint8Array
  /** JSON lines of the rows that could not be worked on; empty when all could. */
  readonly errors: Uint8Array
  readonly checkpoint: Checkpoint
}

/** What a shard is made with. */
export interface ShardMaker {
  readonly plan: JobPlan
  readonly embed: EmbedService
  readonly format: ShardFormat
  /** Whether rows on which the model fails become error rows: it failed before. */
  readonly isolate: boolean
}

/** Embeds the rows of a group that follows `before`. Nothing is written. */
export async function makeShard(
  group: RecordGroup,
  before: Checkpoint,
  { plan, embed, format, isolate }: ShardMaker,
  context: Context,
): Promise<Shard> {
  const begun = performance.now()
  const read = group.records.map((record) => readRow(record, plan))
  const rows = read.filter((row): row is Row => !isProblem(row))
  const embedded = await embedInputs(
    rows.flatMap(({ inputs }) => inputs),
    { dimensions: plan.dimensions, isolate, embed: embedderOf(plan, embed) },
    context,
  )
  const { finished, refused } = sortOut(rows, embedded.problems)
  const problems = inOrder([...read.filter(isProblem), ...refused])
  const body = await format.encode(finished, embedded.vectors, context)
  const workMs = performance.now() - begun
  return {
    body,
    errors: Buffer.from(toErrorLines(problems)),
    checkpoint: {
      shards: before.shards + 1,
      ...group.next,
      last: group.last,
      rows: before.rows + finished.length,
      errors: before.errors + problems.length,
      codes: countCodes(before.codes, problems),
      tokens: before.tokens + embedded.tokens,
      truncated: before.truncated + embedded.truncated,
      retries: before.retries + embedded.retries,
      workMs: Math.round(before.workMs + workMs),
      tokenizeMs: Math.round(before.tokenizeMs + embedded.tokenizeMs),
      inferenceMs: Math.round(before.inferenceMs + embedded.inferenceMs),
      shardErrors: problems.length,
    },
  }
}

function embedderOf({ model, dimensions, ...plan }: JobPlan, embed: EmbedService) {
  const { role, normalize, truncate, deterministic } = plan
  const options = { role, dimensions, normalize, truncate, deterministic }
  const { manifest } = embed.plan({ inputs: [], model: model.id, options })
  return (inputs: Parameters<EmbedService['plan']>[0]['inputs'], context: Context) =>
    embed.run({ manifest, inputs, options }, context)
}

/** A row of several inputs is refused as a whole when one of them is. */
function sortOut(rows: readonly Row[], problems: ReadonlyMap<number, Omit<RowProblem, 'record'>>) {
  const finished: FinishedRow[] = []
  const refused: RowProblem[] = []
  let first = 0
  for (const row of rows) {
    const problem = row.inputs.map((_, index) => problems.get(first + index)).find(Boolean)
    if (problem) refused.push({ record: row.record, ...problem })
    else finished.push({ row, first })
    first += row.inputs.length
  }
  return { finished, refused }
}

function inOrder(problems: RowProblem[]): RowProblem[] {
  return problems.sort((one, other) => one.record.index - other.record.index)
}

function countCodes(before: Readonly<Record<string, number>>, problems: readonly RowProblem[]) {
  const codes: Record<string, number> = { ...before }
  for (const { code } of problems) codes[code] = (codes[code] ?? 0) + 1
  return codes
}
