/** What S3 sends to a queue about one new object. */
interface ObjectCreatedEvent {
  readonly Records: { eventName: string; s3: object }[]
}

/** The event of a new object, its key as S3 encodes it. */
export function objectCreated(bucket: string, key: string, object: object = {}): ObjectCreatedEvent {
  const s3 = { bucket: { name: bucket }, object: { key, size: 10, eTag: 'etag', ...object } }
  return { Records: [{ eventName: 'ObjectCreated:Put', s3 }] }
}

/** The event by which Lambda hands on messages with these bodies. */
export function queueEvent(bodies: readonly (object | string)[], receiveCount = 1) {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `receipt-${index}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(receiveCount) },
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:files',
      awsRegion: 'eu-west-1',
    })),
  }
}
