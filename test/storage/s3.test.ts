import { text } from 'node:stream/consumers'
import { beforeAll, expect, it } from 'vitest'
import {
  createBucket,
  type S3Server,
  startS3Server,
  useCredentials,
} from '../../scripts/servers/s3-server.ts'
import { createS3Store } from '../../src/storage/s3.ts'
import { describeStore } from '../contracts/store.ts'
import { describeWithS3 } from '../support/describe-s3.ts'

describeWithS3('the S3 store', () => {
  let server: S3Server
  let bucket: string
  beforeAll(async () => {
    server = await startS3Server()
    useCredentials(server)
    bucket = await createBucket(server)
  }, 120_000)

  for (const prefix of ['', 'some/models']) {
    describeStore({
      name: `createS3Store below "${prefix}"`,
      capabilities: ['readInto', 'list', 'write', 'remove'],
      async open() {
        const store = createS3Store({ bucket, prefix, endpoint: server.endpoint })
        return { store, put: (key, body) => store.write!(key, body) }
      },
    })
  }

  it('reads the object that S3 names, with empty names between slashes too', async () => {
    const store = createS3Store({ bucket, prefix: 'slashes', endpoint: server.endpoint })
    await store.write('a/b.csv', Buffer.from('one slash'))
    await store.write('a//b.csv', Buffer.from('two slashes'))
    const read = async (key: string) => {
      const chunks: Buffer[] = []
      await store.readInto!(key, { start: 0, end: 100 }, (bytes) => chunks.push(Buffer.from(bytes)))
      return [await text(await store.read(key)), Buffer.concat(chunks).toString()]
    }
    expect(await read('a/b.csv')).toEqual(['one slash', 'one slash'])
    expect(await read('a//b.csv')).toEqual(['two slashes', 'two slashes'])
    await expect(store.stat('a/./b.csv')).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('lists more objects than one answer holds', async () => {
    const store = createS3Store({ bucket, prefix: 'many', endpoint: server.endpoint })
    const keys = Array.from({ length: 1001 }, (_, index) => `part-${String(index).padStart(4, '0')}`)
    for (let start = 0; start < keys.length; start += 50) {
      await Promise.all(keys.slice(start, start + 50).map((key) => store.write!(key, Buffer.from(key))))
    }
    const listed: string[] = []
    for await (const key of store.list!('')) listed.push(key)
    expect(listed).toEqual(keys)
  })
})
