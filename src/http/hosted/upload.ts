import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy } from '@fastify/busboy'
import { AppError, invalid } from '../../errors.ts'
import { ClientLeft, RouteError } from '../errors.ts'

/*
 * @fastify/busboy: 25 kB in the server's bundle, 6 ms to load, none of it in Lambda's doors. It hands a file on while it
 * comes, which `Request.formData` does only once all of it is in memory.
 */

/** A form with one file. */
interface Upload<T> {
  /** What became of the file's bytes. */
  readonly draft: T
  /** As it was sent, without folders and control characters. */
  readonly filename: string
  /** The other fields. */
  readonly fields: ReadonlyMap<string, string>
}

/** What takes the bytes of a file. */
export interface Receiver<T> {
  receive(chunks: AsyncIterable<Uint8Array>): Promise<T>
  /** Takes them away again, when the rest of the form is wrong. */
  drop(draft: T): Promise<void>
  /** Looks at a field as soon as it is there, and throws when it is wrong: before a file that comes behind it. */
  check(name: string, value: string): void
}

const LIMITS = { fields: 16, fieldSize: 1024, fieldNameSize: 100, files: 1, parts: 20, headerPairs: 20 }
const LONGEST_NAME = 200

/**
 * Reads a multipart form with one file, whose bytes are handed on while they come: memory does not grow with them.
 *
 * @throws RouteError 415 for another content type; AppError `invalid_request` for a form that is broken off or has no
 * file, and what the receiver throws; ClientLeft when the rest never comes
 */
export async function readUpload<T>(request: Request, receiver: Receiver<T>): Promise<Upload<T>> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type)) throw notMultipart(type)
  const packed = request.headers.get('content-encoding') ?? 'identity'
  if (packed.toLowerCase() !== 'identity') throw packedForm(packed)
  if (!request.body) throw broken('it is empty')
  const form = openForm(type)
  const stopped = new AbortController()
  const fields = new Map<string, string>()
  let file: { readonly stream: Readable; readonly draft: Promise<T>; readonly filename: string } | undefined
  let problem: unknown
  const stop = (error: unknown) => {
    problem ??= error
    stopped.abort()
  }
  form.on('field', (name, value, _, cut) => {
    try {
      if (cut) throw invalid(name.slice(0, 100), `The field ${name} is too long; expected a short text.`)
      receiver.check(name, value)
      fields.set(name, value)
    } catch (error) {
      stop(error)
    }
  })
  form.on('filesLimit', () =>
    stop(invalid('file', 'The form has several files; expected one; send them one by one.')),
  )
  const tooMany = () =>
    stop(invalid('file', `The form has more than ${LIMITS.fields} fields; expected purpose and file.`))
  form.on('fieldsLimit', tooMany)
  form.on('partsLimit', tooMany)
  form.on('file', (name, stream, filename) => {
    // An error that nobody hears ends the process; what the receiver says of it comes first.
    stream.on('error', () => stopped.abort())
    if (name !== 'file') {
      stop(invalid('file', `The form has a file in the field ${name}; expected it in the field file.`))
      stream.resume()
      return
    }
    const draft = receiver.receive(stream)
    draft.catch(() => stopped.abort())
    file = { stream, draft, filename: safeName(filename) }
  })
  let end: unknown
  await pipeline(Readable.fromWeb(request.body), form, { signal: stopped.signal }).catch((cause) => {
    end = request.signal.aborted ? new ClientLeft({ cause }) : brokenOff(cause)
    // A file of which no more comes would be waited for without end.
    file?.stream.destroy(new Error('The form broke off'))
  })
  const draft = await file?.draft.catch((error) => {
    // What the receiver refuses; other errors of its are those of the form that it reads.
    if (error instanceof AppError) problem ??= error
    end ??= brokenOff(error)
    return undefined
  })
  problem ??= end
  if (problem === undefined && file && draft !== undefined) return { draft, filename: file.filename, fields }
  if (draft !== undefined) await receiver.drop(draft)
  throw problem ?? invalid('file', 'The form has no file; expected one in the field file.')
}

function openForm(type: string): Busboy {
  try {
    return new Busboy({ headers: { 'content-type': type }, limits: LIMITS })
  } catch (cause) {
    throw brokenOff(cause)
  }
}

/** The last part of a name, as it may stand in a header and in a sentence. */
function safeName(filename: string | undefined): string {
  const name = (filename ?? '').split(/[/\\]/).at(-1)!
  return (
    name
      .replace(/\p{Cc}/gu, '')
      .slice(-LONGEST_NAME)
      .trim() || 'file'
  )
}

function notMultipart(type: string): RouteError {
  return new RouteError(
    415,
    `The body has the content type ${type.slice(0, 60) || '(none)'}; expected multipart/form-data with the fields purpose and file.`,
    { accept: 'multipart/form-data' },
  )
}

function packedForm(encoding: string): RouteError {
  return new RouteError(
    415,
    `The form has the Content-Encoding ${encoding.slice(0, 40)}; expected it as it is; pack the file in it instead, as resumes.csv.gz.`,
    { 'accept-encoding': 'identity' },
  )
}

function broken(why: string, cause?: unknown): AppError {
  return new AppError(
    'invalid_request',
    `The form cannot be read: ${why}; send multipart/form-data with the fields purpose and file.`,
    {
      details: { field: 'file' },
      cause,
    },
  )
}

function brokenOff(cause: unknown): AppError {
  return broken(cause instanceof Error ? cause.message.slice(0, 100) : 'it breaks off', cause)
}
