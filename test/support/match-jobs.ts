import { createContext } from '../../src/context.ts'
import { createBatchService } from '../../src/services/batch/batch.ts'
import { createPublisher } from '../../src/services/batch/formats/collection-jobs.ts'
import { createFormatOpener } from '../../src/services/batch/formats/open-formats.ts'
import type { JudgeService } from '../../src/services/judge/judge.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { createBucket, readOutput, testBatchParts } from './batch-service.ts'

/** Rows as JSON lines. */
export const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
/** Members of the collection `people`. */
export const PEOPLE = [
  { id: 'near', text: 'nurse night care' },
  { id: 'second', text: 'nurse night' },
  { id: 'third', text: 'night care driver' },
  { id: 'far', text: 'cook' },
  { id: 'last', text: 'driver' },
]
/** Rows of a match job. */
export const JOBS = [
  { job: 'a', text: 'nurse night care' },
  { job: 'b', text: 'night nurse' },
]

/** Batch jobs in memory, with that judge. */
export function serviceWith(service: JudgeService | undefined) {
  const judge = service && (async () => service)
  const parts = testBatchParts()
  const opener = { catalog: parts.catalog, budgetBytes: 1e8, threads: 1, judge }
  return createBatchService({
    ...parts,
    judge,
    openFormat: createFormatOpener(opener),
    publish: createPublisher(undefined),
  })
}

/** Settings of a match job over `people`, and more. */
export const settingsOf = (more: object) =>
  JSON.stringify({ job: 'match', collection: 'people', model: 'other', ...more })

/** Builds the collection of {@link PEOPLE} and runs a job of {@link JOBS} over it. */
export async function match(
  more: object,
  judge?: JudgeService,
  people: object[] = PEOPLE,
  jobs: object[] = JOBS,
) {
  const { store } = createBucket({
    'input/people.jsonl': lines(people),
    'input/people.jsonl.job.json': '{"job":"collection","collection":"people","model":"other"}',
    'input/jobs.jsonl': lines(jobs),
    'input/jobs.jsonl.job.json': settingsOf(more),
  })
  const batch = serviceWith(judge)
  await batch.run({ store, key: 'input/people.jsonl' }, createContext())
  const outcome = await batch.run({ store, key: 'input/jobs.jsonl' }, createContext())
  return { store, outcome, rows: await matchedRows(store) }
}

/** A row of a match job's output. */
export interface MatchedRow {
  readonly matches: readonly { readonly id: string; readonly judge?: number; readonly flags?: string[] }[]
  readonly warnings?: readonly string[]
}

async function matchedRows(store: WritableStore): Promise<MatchedRow[]> {
  const rows = await readOutput(store, 'part')
  return rows.flatMap((row) => (Array.isArray(row.matches) ? [{ ...row, matches: row.matches }] : []))
}

/** What `_SUCCESS.json` says of a job. */
export const summaryOf = async (store: WritableStore, outcome: { readonly job: string }) =>
  JSON.parse(
    Buffer.from(
      await new Response(await store.read(`output/${outcome.job}/_SUCCESS.json`)).arrayBuffer(),
    ).toString(),
  ) as { readonly warnings: string[]; readonly judge?: object; readonly redact?: string[] }
