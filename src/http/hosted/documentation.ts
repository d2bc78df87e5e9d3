import * as v from 'valibot'
import { SETTINGS_FIELD } from '../../services/batches/requests.ts'
import type { Documentation } from '../documentation/route-documentation.ts'
import { errorResponse, modelDescription, openAiErrorResponse } from '../schemas.ts'
import {
  batchList,
  batchObject,
  batchRequest,
  deletedFile,
  fileList,
  fileObject,
  learningReport,
  previewObject,
  previewRequest,
  uploadForm,
} from './schemas.ts'

const FILE = {
  id: 'file-4Kx0cVb7Tq2mN8sZpR1yLwHd',
  object: 'file',
  bytes: 2048,
  created_at: 1795867200,
  expires_at: 1798459200,
  filename: 'resumes.csv',
  purpose: 'batch',
  status: 'processed',
  status_details: null,
} as const

const BATCH = {
  id: 'batch_9dQw3XkT6vB1nY5rMzA8sLcE',
  object: 'batch',
  endpoint: '/v1/embeddings',
  errors: null,
  input_file_id: FILE.id,
  completion_window: '24h',
  status: 'completed',
  output_file_id: 'file-Jp5uR0aXe7WbK2hGtS9cVnQy',
  error_file_id: null,
  created_at: 1795867200,
  in_progress_at: 1795867201,
  expires_at: 1795953600,
  finalizing_at: 1795867203,
  completed_at: 1795867203,
  failed_at: null,
  expired_at: null,
  cancelling_at: null,
  cancelled_at: null,
  request_counts: { total: 12, completed: 12, failed: 0 },
  metadata: { team: 'hiring' },
  model: 'jobs-static-2',
  usage: {
    input_tokens: 640,
    output_tokens: 0,
    total_tokens: 640,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  },
  [SETTINGS_FIELD]: { settings: { job: 'embed', textColumn: 'summary' }, charset: 'gb18030', waiting: 0 },
} as const

const list = (item: { readonly id: string }) => ({
  object: 'list',
  data: [item],
  first_id: item.id,
  last_id: item.id,
  has_more: false,
})

const errors = openAiErrorResponse

/** OpenAI's routes for files, and our look at one. */
export const fileDocumentation: Documentation = {
  'POST /v1/files': {
    summary: 'Takes a file for batches, as OpenAI does; without AUTH_TOKEN from this machine alone.',
    form: uploadForm,
    response: fileObject,
    responseExample: FILE,
    errors,
    errorStatuses: [400, 401, 413, 415],
  },
  'GET /v1/files': {
    summary: 'Lists files, the newest first; parameters purpose, limit, order, after.',
    response: fileList,
    responseExample: list(FILE),
    errors,
    errorStatuses: [400, 401],
  },
  'GET /v1/files/:file': {
    summary: 'One file.',
    response: fileObject,
    responseExample: FILE,
    errors,
    errorStatuses: [401, 404],
  },
  'GET /v1/files/:file/content': {
    summary: 'The bytes of a file: those of a batch are JSON lines.',
    binary: true,
    errors,
    errorStatuses: [401, 404],
  },
  'DELETE /v1/files/:file': {
    summary: 'Deletes a file; 400 while a batch reads it.',
    response: deletedFile,
    responseExample: { id: FILE.id, object: 'file', deleted: true },
    errors,
    errorStatuses: [400, 401, 404],
  },
  'POST /v1/files/:file/preview': {
    summary:
      'What a batch would make of a file: encoding, columns, column of the text, first rows, what is wrong.',
    request: previewRequest,
    requestExamples: { settings: { [SETTINGS_FIELD]: { textColumn: 'summary' } } },
    response: previewObject,
    responseExample: {
      object: 'file.preview',
      file_id: FILE.id,
      filename: FILE.filename,
      bytes: FILE.bytes,
      problem: null,
      format: 'csv',
      compression: 'none',
      charset: 'gb18030',
      delimiter: ',',
      rows: 'native',
      columns: ['id', 'summary'],
      text_column: 'summary',
      model: 'jobs-static-2',
      dimensions: 256,
      first_rows: [{ line: 2, fields: { id: '1', summary: '重症监护护士' }, problem: null }],
      rows_seen: 1,
      whole: true,
      warnings: [],
    },
    errors,
    errorStatuses: [400, 401, 404, 415],
  },
}

/** OpenAI's routes for batches. */
export const batchDocumentation: Documentation = {
  'POST /v1/batches': {
    summary: "Embeds the rows of a file, or matches them, as OpenAI's Batch API does: one batch at a time.",
    request: batchRequest,
    requestExamples: {
      table: {
        input_file_id: FILE.id,
        endpoint: '/v1/embeddings',
        completion_window: '24h',
        [SETTINGS_FIELD]: { textColumn: 'summary' },
      },
    },
    response: batchObject,
    responseExample: BATCH,
    errors,
    errorStatuses: [400, 401, 404, 415, 429],
  },
  'GET /v1/batches': {
    summary: 'Lists batches, the newest first; parameters limit, after.',
    response: batchList,
    responseExample: list(BATCH),
    errors,
    errorStatuses: [400, 401],
  },
  'GET /v1/batches/:batch': {
    summary: 'One batch, with how far it has come.',
    response: batchObject,
    responseExample: BATCH,
    errors,
    errorStatuses: [401, 404],
  },
  'POST /v1/batches/:batch/cancel': {
    summary: 'Stops a batch; the rows that are done stay in its output file.',
    response: batchObject,
    responseExample: BATCH,
    errors,
    errorStatuses: [400, 401, 404],
  },
}

const oneModel = {
  response: v.object({ model: modelDescription }),
  errors: errorResponse,
} as const

const REPORT = {
  decision: { ships: true, reasons: [] },
  queries: 1120,
  validationQueries: 224,
}

/** Routes that load and unload models, and with what came of learning them. */
export const modelDocumentation: Documentation = {
  'POST /models/:model/load': {
    summary: 'Loads a model, from where it is or from the hub; without AUTH_TOKEN for this machine alone.',
    ...oneModel,
    errorStatuses: [401, 404, 502, 503],
  },
  'POST /models/:model/unload': {
    summary: 'Takes a model out of memory; the next request for it loads it again.',
    ...oneModel,
    errorStatuses: [401, 404, 429],
  },
  'GET /models/:model/report': {
    summary:
      'The report of a model that was learned from pairs: base and learned, intervals, what was decided and why.',
    response: learningReport,
    responseExample: REPORT,
    errors: errorResponse,
    errorStatuses: [401, 404, 502, 503],
  },
  'GET /models/:model/report.svg': {
    summary: 'The same as a picture.',
    binary: 'image/svg+xml',
    errors: errorResponse,
    errorStatuses: [401, 404, 502, 503],
  },
}
