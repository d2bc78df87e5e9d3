import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { type Context, createContext } from '../context.ts'
import { inLanes } from '../lanes.ts'
import type { WritableStore } from './store.ts'

/** Asks S3 until it answers or patience ends; `progress` counts the bytes that a try has sent. */
export type Ask = <T>(
  key: string,
  context: Context | undefined,
  call: (context: Context, progress: (bytes: number) => void) => Promise<T>,
) => Promise<T>

/** What a writer of a bucket is made of. */
interface S3WriterParts {
  readonly client: S3Client
  readonly ask: Ask
  objectOf(key: string): { readonly Bucket: string; readonly Key: string }
  statusOf(error: unknown): number | undefined
}

/** Larger objects go up in parts, of which one that fails is sent again alone. */
const MULTIPART_BYTES = 64 * 1024 * 1024
/** S3 takes parts of 5 MiB or more, 10,000 of them: objects of up to 160 GB. */
const PART_BYTES = 16 * 1024 * 1024
const LANES = 4
/** Progress is counted by such pieces. */
const PIECE_BYTES = 64 * 1024

/**
 * Writes and removes. A write `onlyIfAbsent` whose answer was lost finds its own object when it tries again, and says
 * that it was not written.
 *
 * The parts are ours rather than those of `@aws-sdk/lib-storage`, which sends a failed part again by the client's
 * rules: here one policy (pauses, `Retry-After`, stalls) holds for reads, writes and parts.
 */
export function createS3Writer(
  parts: S3WriterParts,
  multipartBytes = MULTIPART_BYTES,
): Pick<WritableStore, 'write' | 'remove'> {
  const { client, ask, objectOf, statusOf } = parts
  return {
    async write(key, body, { metadata, onlyIfAbsent } = {}, context = createContext()) {
      const object = { ...objectOf(key), Metadata: metadata }
      // Ceph 16 ignores the condition at the end of an upload in parts, so a conditional object goes up in one.
      if (body.length > multipartBytes && !onlyIfAbsent) {
        await writeInParts({ key, body, object }, parts, context)
        return true
      }
      const condition = onlyIfAbsent ? { IfNoneMatch: '*' } : {}
      return ask(key, context, (inner, progress) => {
        const command = new PutObjectCommand({ ...object, ...condition, Body: body })
        command.middlewareStack.add((next) => (args) => next(counted(args, progress)), WAY_OUT)
        return client.send(command, { abortSignal: inner.signal }).then(
          () => true,
          (error) => {
            // That there is one already is an answer to the condition.
            if (statusOf(error) === 412) return false
            throw error
          },
        )
      })
    },
    async remove(key, context) {
      const command = new DeleteObjectCommand(objectOf(key))
      await ask(key, context, (inner) => client.send(command, { abortSignal: inner.signal }))
    },
  }
}

interface Upload {
  readonly key: string
  readonly body: Uint8Array
  readonly object: PutObjectCommandInput
}

/** An upload in parts is not visible before its end, and a failed one is removed. */
async function writeInParts(upload: Upload, parts: S3WriterParts, context: Context): Promise<void> {
  const { client, ask } = parts
  const { key, object } = upload
  const { Bucket, Key } = object
  const { UploadId } = await ask(key, context, (inner) =>
    client.send(new CreateMultipartUploadCommand(object), { abortSignal: inner.signal }),
  )
  const place = { Bucket, Key, UploadId }
  let done = false
  try {
    const tags = await sendParts(upload, place, parts, context)
    await completeParts(upload, place, tags, parts, context)
    done = true
  } finally {
    // Parts of an upload that is never completed cost storage until the bucket's lifecycle rule takes them away.
    if (!done) await client.send(new AbortMultipartUploadCommand(place)).catch(() => undefined)
  }
}

interface UploadPlace {
  readonly Bucket: string | undefined
  readonly Key: string | undefined
  readonly UploadId: string | undefined
}

/** Sends all parts, some at a time; the first one that fails for good ends the others. Answers their tags in order. */
async function sendParts(
  { key, body }: Upload,
  place: UploadPlace,
  { client, ask }: S3WriterParts,
  context: Context,
): Promise<string[]> {
  const count = Math.ceil(body.length / PART_BYTES)
  const tags: string[] = new Array(count)
  await inLanes(count, LANES, context, async (part, inner) => {
    const Body = body.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)
    const { ETag } = await ask(key, inner, (tried, progress) => {
      const command = new UploadPartCommand({ ...place, PartNumber: part + 1, Body })
      command.middlewareStack.add((next) => (args) => next(counted(args, progress)), WAY_OUT)
      return client.send(command, { abortSignal: tried.signal })
    })
    tags[part] = ETag ?? ''
  })
  return tags
}

/** Makes one object of the parts. */
async function completeParts(
  { key, body, object }: Upload,
  place: UploadPlace,
  tags: readonly string[],
  { client, ask, statusOf }: S3WriterParts,
  context: Context,
): Promise<void> {
  const MultipartUpload = { Parts: tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) }
  const { Bucket, Key } = object
  let tries = 0
  await ask(key, context, async (inner) => {
    const options = { abortSignal: inner.signal }
    tries++
    try {
      await client.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload }), options)
    } catch (error) {
      // An upload that is gone at a second try was completed by the first one, whose answer was lost.
      if (statusOf(error) !== 404 || tries === 1) throw error
      const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key }), options)
      if (ContentLength !== body.length) throw error
    }
  })
}

/** The step of the client in which a request is signed already and not sent yet. */
const WAY_OUT = { step: 'deserialize', priority: 'high', name: 'countSentBytes' } as const

/**
 * Lets a signed body be sent piece by piece, and counts the pieces that the connection takes. (The client itself
 * hands a body over whole, and says nothing before the answer.)
 */
function counted<Args extends { request: unknown }>(args: Args, progress: (bytes: number) => void): Args {
  const request = args.request as { body: unknown }
  if (request.body instanceof Uint8Array && request.body.length > PIECE_BYTES)
    request.body = Readable.from(piecesOf(request.body, progress), { objectMode: false })
  return args
}

function* piecesOf(body: Uint8Array, progress: (bytes: number) => void): Generator<Uint8Array> {
  for (let start = 0; start < body.length; start += PIECE_BYTES) {
    const piece = body.subarray(start, start + PIECE_BYTES)
    yield piece
    progress(piece.length)
  }
}
