import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PutBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns'
import type { S3Server } from '../../scripts/servers/s3-server.ts'
import { bodyOf } from './lambda-environment.ts'

/** Real notifications of a bucket, as long as this is open. */
export interface Notifications {
  readonly count: number
  close(): void
}

/**
 * Has the S3 server tell of each new object below `input/`. Its gateway leaves keys as they are; Amazon encodes them
 * as forms do, and so does this before it passes an event on.
 */
export async function openNotifications(
  { endpoint, ...credentials }: S3Server,
  bucket: string,
  take: (event: string, key: string) => void,
): Promise<Notifications> {
  let count = 0
  const server = createServer(async (request, response) => {
    const event: { Records: GatewayRecord[] } = JSON.parse(await bodyOf(request))
    for (const { eventName, s3 } of event.Records) {
      const { key, size, eTag, versionId } = s3.object
      const object = { key: encodeKey(key), size, eTag, versionId }
      const record = { eventSource: 'aws:s3', eventName, s3: { bucket: { name: s3.bucket.name }, object } }
      count++
      take(JSON.stringify({ Records: [record] }), key)
    }
    response.writeHead(200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const common = { endpoint, credentials, region: 'default' }
  const sns = new SNSClient(common)
  const name = `topic-${bucket}`
  const topic = await sns.send(
    new CreateTopicCommand({ Name: name, Attributes: { 'push-endpoint': address } }),
  )
  const s3 = new S3Client({ ...common, forcePathStyle: true })
  const Filter = { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'input/' }] } }
  const configuration = {
    Id: 'files',
    TopicArn: topic.TopicArn!,
    Events: ['s3:ObjectCreated:*' as const],
    Filter,
  }
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: { TopicConfigurations: [configuration] },
    }),
  )
  sns.destroy()
  s3.destroy()
  return {
    get count() {
      return count
    },
    close: () => void server.close(),
  }
}

interface GatewayRecord {
  readonly eventName: string
  readonly s3: {
    readonly bucket: { readonly name: string }
    readonly object: {
      readonly key: string
      readonly size: number
      readonly eTag: string
      readonly versionId: string
    }
  }
}

function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
}
