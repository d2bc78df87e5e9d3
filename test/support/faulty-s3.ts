import { afterAll, beforeAll } from 'vitest'
import { createBucket, startS3Server, useCredentials } from '../../scripts/servers/s3-server.ts'
import { createS3Store, type S3Place } from '../../src/storage/s3.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'

/** A bucket of its own, seen through a proxy that spoils connections, and directly. */
interface FaultyS3 {
  readonly proxy: FaultyProxy
  /** The bucket behind the proxy. */
  readonly place: S3Place
  readonly direct: WritableStore
}

/** Opens one before the tests of a suite, and closes it after them; it is there once they run. */
export function useFaultyS3(): () => FaultyS3 {
  let opened: FaultyS3
  beforeAll(async () => {
    const server = await startS3Server()
    useCredentials(server)
    const bucket = await createBucket(server)
    const proxy = await startFaultyProxy(server.endpoint)
    opened = {
      proxy,
      place: { bucket, prefix: '', endpoint: proxy.endpoint },
      direct: createS3Store({ bucket, prefix: '', endpoint: server.endpoint }),
    }
  }, 120_000)
  afterAll(() => opened.proxy.close())
  return () => opened
}
