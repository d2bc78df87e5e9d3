import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { S3Server } from '../../scripts/servers/s3-server.ts'

/** A bucket seen from outside, with a client of its own and no part of the product. */
export interface Bucket {
  readonly name: string
  put(key: string, body: Uint8Array): Promise<void>
  remove(key: string): Promise<void>
  list(prefix: string): Promise<{ readonly key: string; readonly etag: string }[]>
  text(key: string): Promise<string>
  close(): void
}

/** The bucket `name` of a server. */
export function openBucket({ endpoint, ...credentials }: S3Server, name: string): Bucket {
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
  const Bucket = name
  return {
    name,
    async put(Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }))
    },
    async remove(Key) {
      await client.send(new DeleteObjectCommand({ Bucket, Key }))
    },
    async list(Prefix) {
      const found: { key: string; etag: string }[] = []
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: token }))
        for (const { Key, ETag } of page.Contents ?? []) found.push({ key: Key!, etag: ETag! })
        token = page.NextContinuationToken
      }
      return found
    },
    async text(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
      return Body!.transformToString()
    },
    close: () => client.destroy(),
  }
}
