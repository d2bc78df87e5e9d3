import * as v from 'valibot'
import { ENDPOINTS, type Endpoint, SETTINGS_FIELD } from '../../services/batches/requests.ts'
import { count } from '../fields.ts'

const seconds = v.pipe(v.number(), v.description('Seconds since 1970.'))
const maybeSeconds = v.nullable(seconds)

/** A file as OpenAI describes one. */
export const fileObject = v.object({
  id: v.string(),
  object: v.literal('file'),
  bytes: count,
  created_at: seconds,
  expires_at: seconds,
  filename: v.string(),
  purpose: v.picklist(['batch', 'batch_output']),
  status: v.literal('processed'),
  status_details: v.null(),
})

/** The report of a learned model, as it was written beside the model: an object, described in docs/learn.md. */
export const learningReport = v.pipe(
  v.record(v.string(), v.unknown()),
  v.description('What docs/learn.md describes; no text of any pair.'),
)

/** A page of files. */
export const fileList = v.object({
  object: v.literal('list'),
  data: v.array(fileObject),
  first_id: v.nullable(v.string()),
  last_id: v.nullable(v.string()),
  has_more: v.boolean(),
})

/** The answer to a file that was deleted. */
export const deletedFile = v.object({ id: v.string(), object: v.literal('file'), deleted: v.literal(true) })

/** The form of an upload, for the document: it is read while it comes. */
export const uploadForm = v.object({
  file: v.pipe(v.string(), v.metadata({ format: 'binary' })),
  purpose: v.literal('batch'),
  'expires_after[anchor]': v.optional(v.literal('created_at')),
  'expires_after[seconds]': v.optional(v.pipe(v.string(), v.description('From 3600 to 2592000.'))),
})

const endpoints = Object.keys(ENDPOINTS) as [Endpoint, ...Endpoint[]]
const endpoint = v.pipe(v.picklist(endpoints), v.description('/match: each row is a query to a collection.'))
const settings = v.pipe(
  v.record(v.string(), v.unknown()),
  v.description('Settings of a batch job, as in <file>.job.json: model, textColumn, charset, delimiter, …'),
)

const MOST_PAIRS = 16
const LONGEST_KEY = 64
const LONGEST_VALUE = 512

/** Pairs that OpenAI keeps with an object. */
const metadata = v.pipe(
  v.record(
    v.pipe(v.string(), v.maxLength(LONGEST_KEY, `a name of at most ${LONGEST_KEY} characters`)),
    v.pipe(v.string('a text'), v.maxLength(LONGEST_VALUE, `a text of at most ${LONGEST_VALUE} characters`)),
  ),
  v.check((pairs) => Object.keys(pairs).length <= MOST_PAIRS, `at most ${MOST_PAIRS} texts by name`),
)

/** The body of `POST /v1/batches`. */
export const batchRequest = v.object({
  input_file_id: v.string('the id of a file'),
  endpoint,
  completion_window: v.literal('24h', '"24h"'),
  metadata: v.optional(v.nullable(metadata)),
  [SETTINGS_FIELD]: v.optional(v.nullable(settings)),
})

/** The body of `POST /v1/files/{id}/preview`. */
export const previewRequest = v.object({
  endpoint: v.optional(endpoint, '/v1/embeddings'),
  [SETTINGS_FIELD]: v.optional(v.nullable(settings)),
})

const problem = v.object({
  code: v.string(),
  message: v.string(),
  param: v.nullable(v.string()),
  line: v.nullable(v.number()),
})

const maybe = v.nullable(v.string())

/** The answer to it. */
export const previewObject = v.object({
  object: v.literal('file.preview'),
  file_id: v.string(),
  filename: v.string(),
  bytes: count,
  problem: v.pipe(v.nullable(problem), v.description('Why a batch with these settings would fail at once.')),
  format: maybe,
  compression: maybe,
  charset: maybe,
  delimiter: maybe,
  rows: maybe,
  columns: v.array(v.string()),
  text_column: maybe,
  model: maybe,
  dimensions: v.nullable(v.number()),
  first_rows: v.array(
    v.object({
      line: count,
      fields: v.nullable(v.record(v.string(), v.unknown())),
      problem: maybe,
    }),
  ),
  rows_seen: count,
  whole: v.pipe(v.boolean(), v.description('Whether these are all rows of the file.')),
  warnings: v.array(v.string()),
})

/** A batch as OpenAI describes one. */
export const batchObject = v.object({
  id: v.string(),
  object: v.literal('batch'),
  endpoint: v.string(),
  errors: v.nullable(v.object({ object: v.literal('list'), data: v.array(problem) })),
  input_file_id: v.string(),
  completion_window: v.string(),
  status: v.picklist([
    'validating',
    'in_progress',
    'finalizing',
    'completed',
    'failed',
    'expired',
    'cancelling',
    'cancelled',
  ]),
  output_file_id: maybe,
  error_file_id: maybe,
  created_at: seconds,
  in_progress_at: maybeSeconds,
  expires_at: seconds,
  finalizing_at: maybeSeconds,
  completed_at: maybeSeconds,
  failed_at: maybeSeconds,
  expired_at: maybeSeconds,
  cancelling_at: maybeSeconds,
  cancelled_at: maybeSeconds,
  request_counts: v.object({ total: count, completed: count, failed: count }),
  metadata: v.nullable(v.record(v.string(), v.string())),
  model: maybe,
  usage: v.object({
    input_tokens: count,
    output_tokens: count,
    total_tokens: count,
    input_tokens_details: v.object({ cached_tokens: count }),
    output_tokens_details: v.object({ reasoning_tokens: count }),
  }),
  [SETTINGS_FIELD]: v.record(v.string(), v.unknown()),
})

/** A page of batches. */
export const batchList = v.object({
  object: v.literal('list'),
  data: v.array(batchObject),
  first_id: v.nullable(v.string()),
  last_id: v.nullable(v.string()),
  has_more: v.boolean(),
})
