import { AppError } from '../errors.ts'

/** An object that was created, as S3 tells of it. */
export interface CreatedObject {
  readonly bucket: string
  readonly key: string
  readonly etag?: string | undefined
  readonly versionId?: string | undefined
  readonly bytes?: number | undefined
  /** The job that is to go on, in a message that opens one again. */
  readonly job?: string | undefined
}

/** A message of the queue, as Lambda hands it on. */
export interface QueueMessage {
  readonly id: string
  /** What the queue wants to be told when the message is to come again sooner. */
  readonly receipt: string
  readonly receiveCount: number
  readonly queueArn: string
  readonly body: string
}

/**
 * The messages of an event of a queue.
 *
 * @throws AppError `invalid_request` when the event is none
 */
export function readMessages(event: unknown): QueueMessage[] {
  const records = fieldsOf(event).Records
  if (!Array.isArray(records)) {
    throw new AppError(
      'invalid_request',
      'The event has no Records; expected one of an SQS queue; connect the function to the queue of the bucket.',
    )
  }
  return records.map((record) => {
    const { messageId, receiptHandle, body, attributes, eventSourceARN } = fieldsOf(record)
    return {
      id: String(messageId),
      receipt: String(receiptHandle),
      receiveCount: Number(fieldsOf(attributes).ApproximateReceiveCount ?? 1),
      queueArn: String(eventSourceARN),
      body: String(body),
    }
  })
}

/**
 * The objects that a message tells of, sent by S3 itself or by EventBridge. Other events of a bucket, and the one by
 * which S3 tries a new queue, tell of none.
 *
 * @throws AppError `invalid_request` when the message is neither
 */
export function readCreatedObjects(body: string): CreatedObject[] {
  const message = parse(body)
  if (message.Event === 's3:TestEvent') return []
  if (message['detail-type'] === 'Object Created') return [readBridged(fieldsOf(message.detail))]
  if (Array.isArray(message.Records))
    return message.Records.map(fieldsOf).filter(isCreation).map(readNotified)
  throw notAnEvent()
}

function isCreation({ eventName }: Fields): boolean {
  return /^(s3:)?ObjectCreated:/.test(String(eventName))
}

/** S3 writes keys as forms do: `a+b` is "a b". */
function readNotified({ s3, job }: Fields): CreatedObject {
  const { bucket, object } = fieldsOf(s3)
  const { key, eTag, versionId, size } = fieldsOf(object)
  const created = createdObject(fieldsOf(bucket).name, decodeKey(String(key)), eTag, versionId, size)
  return typeof job === 'string' ? { ...created, job } : created
}

/** EventBridge gives keys as they are, unlike S3 itself. */
function readBridged({ bucket, object }: Fields): CreatedObject {
  const { key, etag, 'version-id': versionId, size } = fieldsOf(object)
  return createdObject(fieldsOf(bucket).name, String(key), etag, versionId, size)
}

function createdObject(bucket: unknown, key: string, etag: unknown, versionId: unknown, size: unknown) {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  if (typeof bucket !== 'string') throw notAnEvent()
  const tag = text(etag)?.replaceAll('"', '')
  // A bucket without versions calls all of them "null".
  const version = versionId === 'null' ? undefined : text(versionId)
  return { bucket, key, etag: tag, versionId: version, bytes: typeof size === 'number' ? size : undefined }
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch (cause) {
    throw new AppError('invalid_request', `The key ${key.slice(0, 200)} in the event is not url-encoded.`, {
      cause,
    })
  }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function parse(body: string): Fields {
  try {
    return fieldsOf(JSON.parse(body))
  } catch {
    throw notAnEvent()
  }
}

function notAnEvent(): AppError {
  return new AppError(
    'invalid_request',
    'The message is no event of S3; expected {"Records": [{"s3": …}]}; look for it in the dead-letter queue.',
  )
}
