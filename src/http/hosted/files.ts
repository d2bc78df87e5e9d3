import { type AppError, invalid } from '../../errors.ts'
import type { Batches } from '../../services/batches/batches.ts'
import type { Draft, StoredFile } from '../../services/batches/file-shelf.ts'
import { SETTINGS_FIELD } from '../../services/batches/requests.ts'
import type { Preview } from '../../services/batches/shapes.ts'
import type { Answer } from '../answer.ts'
import { openAiDialect, RouteError } from '../errors.ts'
import type { Call, Route } from '../route.ts'
import { validate } from '../validate.ts'
import { fileDocumentation } from './documentation.ts'
import { guarded, type PlainRoute } from './guarded.ts'
import { listOf, pageOf, pageParameters } from './pages.ts'
import { previewRequest } from './schemas.ts'
import { type Receiver, readUpload } from './upload.ts'

const PAGE = { most: 10_000, usual: 10_000 }
/** Of OpenAI: an hour to 30 days. */
const LIFE = { least: 3600, most: 2_592_000 }

type Open = () => Promise<Batches>

/** OpenAI's routes for files, and our look at one. `open` opens the disk when it is first needed. */
export function fileRoutes(open: Open): Route[] {
  const one = async ({ params }: Call) => {
    const batches = await open()
    return { batches, file: fileOf(batches, params.file!) }
  }
  const routes: PlainRoute[] = [
    {
      method: 'POST',
      path: '/v1/files',
      takes: 'request',
      answer: async (request) => upload(request as Request, await open()),
    },
    {
      method: 'GET',
      path: '/v1/files',
      parameters: {
        purpose: { type: 'string' },
        order: { type: 'string', enum: ['asc', 'desc'] },
        ...pageParameters(PAGE),
      },
      answer: async (_, call) => listFiles(await open(), call),
    },
    {
      method: 'GET',
      path: '/v1/files/:file',
      answer: async (_, call) => ({ body: describeFile((await one(call)).file) }),
    },
    {
      method: 'GET',
      path: '/v1/files/:file/content',
      answer: async (_, call) => contentOf(await one(call)),
    },
    {
      method: 'DELETE',
      path: '/v1/files/:file',
      async answer(_, call) {
        const { batches, file } = await one(call)
        await batches.removeFile(file)
        return { body: { id: file.id, object: 'file', deleted: true } }
      },
    },
    {
      method: 'POST',
      path: '/v1/files/:file/preview',
      async answer(body, call) {
        const { batches, file } = await one(call)
        const { endpoint, [SETTINGS_FIELD]: settings } = validate(previewRequest, body)
        return { body: describePreview(file, await batches.preview(file, endpoint, settings ?? {})) }
      },
    },
  ]
  return guarded(routes, openAiDialect, fileDocumentation)
}

/**
 * The file of an id.
 *
 * @throws RouteError 404 when there is none
 */
function fileOf(batches: Batches, id: string): StoredFile {
  const file = batches.file(id)
  if (file) return file
  throw new RouteError(404, `There is no file ${id.slice(0, 60)}; GET /v1/files lists those that there are.`)
}

async function upload(request: Request, batches: Batches): Promise<Answer> {
  const receiver: Receiver<Draft> = { receive: batches.receive, drop: batches.drop, check: checkField }
  const { draft, filename, fields } = await readUpload(request, receiver)
  try {
    if (!fields.has('purpose')) throw purpose('no purpose')
    return { body: describeFile(await batches.keep(draft, filename, lifeOf(fields))) }
  } catch (error) {
    await batches.drop(draft)
    throw error
  }
}

function checkField(name: string, value: string): void {
  if (name === 'purpose' && value !== 'batch')
    throw purpose(`the purpose ${JSON.stringify(value.slice(0, 40))}`)
}

function purpose(got: string): AppError {
  return invalid('purpose', `The form has ${got}; expected "batch": files are read by batches alone.`)
}

function lifeOf(fields: ReadonlyMap<string, string>): number | undefined {
  const [anchor, given] = [fields.get('expires_after[anchor]'), fields.get('expires_after[seconds]')]
  if (anchor === undefined && given === undefined) return undefined
  if (anchor !== 'created_at') {
    throw invalid('expires_after[anchor]', `The field is ${anchor ?? 'absent'}; expected created_at.`)
  }
  const seconds = Number(given)
  if (Number.isInteger(seconds) && seconds >= LIFE.least && seconds <= LIFE.most) return seconds
  throw invalid(
    'expires_after[seconds]',
    `The field is ${given?.slice(0, 40) ?? 'absent'}; expected a whole number from ${LIFE.least} to ${LIFE.most}.`,
  )
}

function listFiles(batches: Batches, call: Call): Answer {
  const order = call.parameter('order') || 'desc'
  if (order !== 'asc' && order !== 'desc') {
    throw invalid('order', `The parameter order is ${order.slice(0, 40)}; expected asc or desc.`)
  }
  const wanted = call.parameter('purpose')
  const files = batches.files().filter((file) => !wanted || file.purpose === wanted)
  const { data, hasMore } = pageOf(order === 'asc' ? files : files.toReversed(), call, PAGE)
  return { body: listOf(data.map(describeFile), hasMore) }
}

function contentOf({ batches, file }: { readonly batches: Batches; readonly file: StoredFile }): Answer {
  const plain = file.filename.replace(/[^\w.-]/g, '_')
  const named = encodeURIComponent(file.filename)
  return {
    body: batches.read(file),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(file.bytes),
      'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${named}`,
      'x-content-type-options': 'nosniff',
    },
  }
}

/** A file as OpenAI describes one. */
function describeFile({ id, bytes, createdAt, expiresAt, filename, purpose }: StoredFile) {
  return {
    id,
    object: 'file',
    bytes,
    created_at: createdAt,
    expires_at: expiresAt,
    filename,
    purpose,
    status: 'processed',
    status_details: null,
  }
}

function describePreview({ id, filename, bytes }: StoredFile, preview: Preview): object {
  const { problem, found, columns, firstRows, rowsSeen, whole, warnings } = preview
  const { format, compression, charset, delimiter, rows, textColumn, model, dimensions } = found
  return {
    object: 'file.preview',
    file_id: id,
    filename,
    bytes,
    problem,
    format: format ?? null,
    compression: compression ?? null,
    charset: charset ?? null,
    delimiter: delimiter ?? null,
    rows: rows ?? null,
    columns,
    text_column: textColumn ?? null,
    model: model ?? null,
    dimensions: dimensions ?? null,
    first_rows: firstRows,
    rows_seen: rowsSeen,
    whole,
    warnings,
  }
}
