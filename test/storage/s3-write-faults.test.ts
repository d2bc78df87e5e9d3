import { buffer } from 'node:stream/consumers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { PATIENCE } from '../../src/storage/retry-policy.ts'
import { createS3Store, type S3Place } from '../../src/storage/s3.ts'
import type { WritableStore } from '../../src/storage/store.ts'
import { describeWithS3 } from '../support/describe-s3.ts'
import { emptyAnswer, type FaultyProxy } from '../support/faulty-proxy.ts'
import { useFaultyS3 } from '../support/faulty-s3.ts'

const small = bytesOf(3_000_000)
/** Three parts, the last of them shorter. */
const large = bytesOf(36_000_000)
/** As in production, but that nobody waits, and that a stalled upload is noticed after 6 s. */
const policy = { ...PATIENCE, firstDelayMs: 1, longestDelayMs: 5, stallMs: 1000 }
const MULTIPART_BYTES = 20_000_000

describeWithS3('writes to S3 behind a network that fails', () => {
  let proxy: FaultyProxy
  let place: S3Place
  let direct: WritableStore
  const openStore = () => createS3Store(place, policy, { multipartBytes: MULTIPART_BYTES })
  const opened = useFaultyS3()
  beforeAll(() => {
    ;({ proxy, place, direct } = opened())
  })
  afterEach(() => {
    proxy.faultOf = () => undefined
  })

  const stored = async (key: string) => buffer(await direct.read(key))
  const keys = async () => {
    const all: string[] = []
    for await (const key of direct.list('')) all.push(key)
    return all
  }
  /** Every third connection, from now on, has this fault. */
  const everyThird = (fault: ReturnType<FaultyProxy['faultOf']>) => {
    const from = proxy.connections
    proxy.faultOf = (connection) => ((connection - from) % 3 === 0 ? fault : undefined)
  }

  for (const { size, body } of [
    { size: 'one piece', body: small },
    { size: 'parts', body: large },
  ]) {
    describe(`of an object in ${size}`, () => {
      it('sends it again when the connection is cut in its middle', async () => {
        everyThird({ kind: 'cut', afterBytes: 1_000_000 })
        expect(await openStore().write(`cut ${size}`, body)).toBe(true)
        expect((await stored(`cut ${size}`)).equals(body)).toBe(true)
      })

      it('sits out answers of 503', async () => {
        everyThird({ kind: 'answer', text: emptyAnswer('503 Slow Down') })
        expect(await openStore().write(`busy ${size}`, body)).toBe(true)
        expect((await stored(`busy ${size}`)).equals(body)).toBe(true)
      })

      it('writes it once when the answer is lost after the last byte', async () => {
        everyThird({ kind: 'unheard' })
        expect(await openStore().write(`unheard ${size}`, body)).toBe(true)
        expect((await stored(`unheard ${size}`)).equals(body)).toBe(true)
      })

      it('keeps what was there first, when it may only write where there is nothing', async () => {
        await direct.write(`taken ${size}`, Buffer.from('first'))
        everyThird({ kind: 'cut', afterBytes: 1_000_000 })
        expect(await openStore().write(`taken ${size}`, body, { onlyIfAbsent: true })).toBe(false)
        expect((await stored(`taken ${size}`)).toString()).toBe('first')
      })

      it('keeps the metadata that was written with it', async () => {
        const metadata = { checkpoint: '7' }
        expect(await openStore().write(`noted ${size}`, body, { metadata, onlyIfAbsent: true })).toBe(true)
        expect(await direct.stat(`noted ${size}`)).toMatchObject({ bytes: body.length, metadata })
      })

      it('leaves nothing that a reader could see when every try fails', async () => {
        proxy.faultOf = () => ({ kind: 'cut', afterBytes: 1_000_000 })
        const writing = openStore().write(`never ${size}`, body)
        await expect(writing).rejects.toMatchObject({ code: 'upstream_failed', retryable: true })
        expect(await keys()).not.toContain(`never ${size}`)
      })

      it('ends when its caller has gone', async () => {
        proxy.faultOf = () => ({ kind: 'slow', bytesPerSecond: 100_000 })
        const gone = new AbortController()
        const context = createContext({ signal: gone.signal })
        const writing = openStore().write(`left ${size}`, body, {}, context)
        setTimeout(() => gone.abort(), 50)
        await expect(writing).rejects.toMatchObject({ code: 'deadline_exceeded' })
        expect(await keys()).not.toContain(`left ${size}`)
      })
    })
  }

  it('lets an upload take longer than the time in which a stall is noticed, as long as it goes on', async () => {
    // 24 MB at 1.6 MB/s take 15 s; a stall is noticed after 6 s, and no progress is seen while the network takes the 4 MB
    // that the kernel holds, which are 2.5 s.
    proxy.faultOf = () => ({ kind: 'slow', bytesPerSecond: 1_600_000 })
    const from = proxy.connections
    const body = bytesOf(24_000_000)
    expect(await createS3Store(place, { ...policy, stallMs: 1000 }).write('slow', body)).toBe(true)
    expect(proxy.connections - from).toBe(1)
    expect((await stored('slow')).equals(body)).toBe(true)
  })

  it('leaves a connection that takes nothing more, and says who did not take it', async () => {
    proxy.faultOf = () => ({ kind: 'slow', bytesPerSecond: 1 })
    const writing = createS3Store(place, { ...policy, attempts: 1, stallMs: 50 }).write(
      'stalled',
      bytesOf(12_000_000),
    )
    await expect(writing).rejects.toMatchObject({
      code: 'upstream_failed',
      message: expect.stringContaining('took only'),
    })
  })
})

function bytesOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 2_654_435_761) >>> 24))
}
