import { invalid } from '../../errors.ts'
import type { Batches } from '../../services/batches/batches.ts'
import type { StoredFile } from '../../services/batches/file-shelf.ts'
import type { BatchRecord, BatchStatus } from '../../services/batches/records.ts'
import { SETTINGS_FIELD } from '../../services/batches/requests.ts'
import type { Answer } from '../answer.ts'
import { openAiDialect, RouteError } from '../errors.ts'
import type { Call, Route } from '../route.ts'
import { validateTolerantly } from '../validate.ts'
import { batchDocumentation } from './documentation.ts'
import { guarded, type PlainRoute } from './guarded.ts'
import { listOf, pageOf, pageParameters } from './pages.ts'
import { batchRequest } from './schemas.ts'

const PAGE = { most: 100, usual: 20 }

type Open = () => Promise<Batches>

/** OpenAI's routes for batches. `open` opens the disk when it is first needed. */
export function batchRoutes(open: Open): Route[] {
  const routes: PlainRoute[] = [
    {
      method: 'POST',
      path: '/v1/batches',
      answer: async (body, call) => create(body, call, await open()),
    },
    {
      method: 'GET',
      path: '/v1/batches',
      parameters: pageParameters(PAGE),
      answer: async (_, call) => list(await open(), call),
    },
    {
      method: 'GET',
      path: '/v1/batches/:batch',
      async answer(_, { params }) {
        const batches = await open()
        return { body: describeBatch(batchOf(batches, params.batch!), batches) }
      },
    },
    {
      method: 'POST',
      path: '/v1/batches/:batch/cancel',
      takes: 'nothing',
      async answer(_, { params }) {
        const batches = await open()
        return { body: describeBatch(await batches.cancel(batchOf(batches, params.batch!)), batches) }
      },
    },
  ]
  return guarded(routes, openAiDialect, batchDocumentation)
}

function batchOf(batches: Batches, id: string): BatchRecord {
  const batch = batches.batch(id)
  if (batch) return batch
  throw new RouteError(
    404,
    `There is no batch ${id.slice(0, 60)}; GET /v1/batches lists those that there are.`,
  )
}

async function create(body: unknown, call: Call, batches: Batches): Promise<Answer> {
  const request = validateTolerantly(batchRequest, body, call)
  const { input_file_id: inputFileId, endpoint, completion_window: completionWindow, metadata } = request
  const settings = request[SETTINGS_FIELD] ?? {}
  const wanted = { inputFileId, endpoint, completionWindow, settings, metadata: metadata ?? null }
  return { body: describeBatch(await batches.create(wanted, inputOf(batches, inputFileId)), batches) }
}

function inputOf(batches: Batches, id: string): StoredFile {
  const file = batches.file(id)
  if (file?.purpose === 'batch') return file
  const what = file ? 'the output of a batch' : 'no file that there is'
  throw invalid(
    'input_file_id',
    `The field input_file_id is ${id.slice(0, 60)}, which is ${what}; upload the file by POST /v1/files, and send its id.`,
  )
}

function list(batches: Batches, call: Call): Answer {
  const { data, hasMore } = pageOf(batches.batches().toReversed(), call, PAGE)
  return {
    body: listOf(
      data.map((batch) => describeBatch(batch, batches)),
      hasMore,
    ),
  }
}

/** A batch as OpenAI describes one, with what is our own in a field of its own. */
function describeBatch(batch: BatchRecord, batches: Batches) {
  const { counts, problems, since, found } = batch
  const at = (status: BatchStatus) => since[status] ?? null
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    errors: problems.length > 0 ? { object: 'list', data: problems } : null,
    input_file_id: batch.inputFileId,
    completion_window: batch.completionWindow,
    status: batch.status,
    output_file_id: batch.hasOutput ? batch.outputFileId : null,
    error_file_id: batch.hasErrors ? batch.errorFileId : null,
    created_at: batch.createdAt,
    in_progress_at: at('in_progress'),
    expires_at: batch.expiresAt,
    finalizing_at: at('finalizing'),
    completed_at: at('completed'),
    failed_at: at('failed'),
    expired_at: at('expired'),
    cancelling_at: at('cancelling'),
    cancelled_at: at('cancelled'),
    request_counts: { total: batch.total ?? 0, completed: counts.completed, failed: counts.failed },
    metadata: batch.metadata,
    model: found?.model ?? null,
    usage: {
      input_tokens: counts.tokens,
      output_tokens: 0,
      total_tokens: counts.tokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
    [SETTINGS_FIELD]: {
      settings: batch.settings,
      format: found?.format ?? null,
      compression: found?.compression ?? null,
      charset: found?.charset ?? null,
      delimiter: found?.delimiter ?? null,
      rows: found?.rows ?? null,
      text_column: found?.textColumn ?? null,
      dimensions: found?.dimensions ?? null,
      truncated: counts.truncated,
      unknown: counts.unknown,
      warnings: batch.warnings,
      reasons: batch.reasons,
      waiting: batches.waiting(batch),
    },
  }
}
