import { buffer, text } from 'node:stream/consumers'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { Store } from '../../src/storage/store.ts'

/** The members of a `Store` that not every kind has and that the contract tries. */
const CAPABILITIES = ['readInto', 'list', 'write', 'remove'] as const
type Capability = (typeof CAPABILITIES)[number]
type Capable<C extends Capability> = Store & Required<Pick<Store, C>>

/** A store for the contract, and how to put objects into it from outside. */
interface StoreFixture {
  readonly store: Store
  /** Where it is a part of another: errors name that one, and the key that it knows. */
  readonly partOf?: { readonly name: string; readonly prefix: string }
  put(key: string, body: Uint8Array): Promise<unknown>
}

/** A kind of store, and what it is declared to be capable of. */
interface StoreKind {
  readonly name: string
  readonly capabilities: readonly Capability[]
  open(): Promise<StoreFixture>
}

/** Larger than any buffer on the way. */
const LARGE = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) >> 3))
const NAMES = ['plain.txt', 'deep/er/file.bin', 'with space+plus.txt', '数据/é.txt', 'percent%20.txt']

/**
 * What every store does, whatever it is made of, and what it does where it is declared to be capable of it. Tests of
 * what is not declared are skipped by name; a store that can do more or less than is declared fails.
 */
export function describeStore({ name, capabilities, open }: StoreKind): void {
  describe(name, () => {
    let fixture: StoreFixture
    let store: Store
    /** A test of what only some stores can do. */
    const testOf = <C extends Capability>(
      capability: C,
      title: string,
      run: (capable: Capable<C>) => Promise<void>,
    ) => {
      const declared = capabilities.includes(capability)
      const reason = declared ? '' : ` (skipped: this kind of store has no ${capability})`
      it.skipIf(!declared)(title + reason, async () => {
        if (!isCapable(store, capability)) throw new Error(`${store.name} has no ${capability}`)
        await run(store)
      })
    }

    beforeAll(async () => {
      fixture = await open()
      store = fixture.store
      await fixture.put('model/hello.txt', Buffer.from('hello world'))
      await fixture.put('model/large.bin', LARGE)
      for (const key of NAMES) await fixture.put(`names/${key}`, Buffer.from(key))
    }, 120_000)

    it('can do exactly what it is declared to be capable of', () => {
      expect(CAPABILITIES.filter((capability) => isCapable(store, capability))).toEqual(
        CAPABILITIES.filter((capability) => capabilities.includes(capability)),
      )
    })

    it('streams an object whole', async () => {
      expect(await text(await store.read('model/hello.txt'))).toBe('hello world')
      expect((await buffer(await store.read('model/large.bin'))).equals(LARGE)).toBe(true)
    })

    it('streams a half-open range', async () => {
      expect(await text(await store.read('model/hello.txt', { start: 6, end: 9 }))).toBe('wor')
    })

    it('streams any range as its slice, however far beyond the end', async () => {
      const position = fc.nat({ max: LARGE.length + 1000 })
      await fc.assert(
        fc.asyncProperty(position, position, async (first, second) => {
          const [start, end] = [Math.min(first, second), Math.max(first, second)]
          const got = await buffer(await store.read('model/large.bin', { start, end }))
          expect(got.equals(LARGE.subarray(start, end))).toBe(true)
        }),
        { numRuns: 25 },
      )
    })

    testOf('readInto', 'hands over the bytes of any range', async (store) => {
      await store.stat('model/large.bin')
      const position = fc.nat({ max: LARGE.length + 1000 })
      await fc.assert(
        fc.asyncProperty(position, position, async (first, second) => {
          const [start, end] = [Math.min(first, second), Math.max(first, second)]
          const got: Buffer[] = []
          await store.readInto('model/large.bin', { start, end }, (bytes) => got.push(Buffer.from(bytes)))
          expect(Buffer.concat(got).equals(LARGE.subarray(start, end))).toBe(true)
        }),
        { numRuns: 25 },
      )
    })

    testOf('readInto', 'passes on what the taker throws, and asks no more', async (store) => {
      const range = { start: 0, end: LARGE.length }
      let calls = 0
      const reading = store.readInto('model/large.bin', range, () => {
        calls++
        throw new RangeError('enough')
      })
      await expect(reading).rejects.toThrow(RangeError)
      expect(calls).toBe(1)
    })

    it('knows the size of an object', async () => {
      expect(await store.stat('model/hello.txt')).toMatchObject({ bytes: 11 })
      expect(await store.stat('model/large.bin')).toMatchObject({ bytes: LARGE.length })
    })

    it('knows no object where there is none, nor a folder', async () => {
      expect(await store.stat('model/absent')).toBeUndefined()
      expect(await store.stat('model')).toBeUndefined()
    })

    it('says which object is missing', async () => {
      const { name: whole, prefix } = fixture.partOf ?? { name: store.name, prefix: '' }
      const key = `${prefix}model/absent`
      const reading = store.read('model/absent')
      await expect(reading).rejects.toMatchObject({ code: 'artifact_missing', details: { key } })
      await expect(store.read('model/absent')).rejects.toThrow(whole)
    })

    it.each(NAMES)('reads an object named %j', async (key) => {
      expect(await text(await store.read(`names/${key}`))).toBe(key)
    })

    it.each([
      '../secret',
      '/etc/passwd',
      'model/../../b',
      '..',
      'a\0b',
      './model/hello.txt',
      'model/./hello.txt',
    ])('refuses the key %j', async (key) => {
      const asking = (async () => store.stat(key))()
      await expect(asking).rejects.toMatchObject({ code: 'invalid_request' })
      const reading = (async () => store.read(key))()
      await expect(reading).rejects.toMatchObject({ code: 'invalid_request' })
    })

    it('never takes the object model/hello.txt for one named model//hello.txt', async () => {
      const asking = (async () => store.stat('model//hello.txt'))()
      const outcome = await asking.catch((error) => error.code)
      expect([undefined, 'invalid_request']).toContain(outcome)
    })

    it('lets a reader leave in the middle', async () => {
      const reader = (await store.read('model/large.bin')).getReader()
      expect((await reader.read()).value!.length).toBeGreaterThan(0)
      await reader.cancel()
      expect(await text(await store.read('model/hello.txt'))).toBe('hello world')
    })

    it('does not begin for a caller who has gone', async () => {
      const context = createContext({ signal: AbortSignal.abort() })
      const reading = (async () => buffer(await store.read('model/large.bin', undefined, context)))()
      await expect(reading).rejects.toMatchObject({ code: 'deadline_exceeded' })
    })

    testOf('readInto', 'hands over nothing to a caller who has gone', async (store) => {
      const context = createContext({ signal: AbortSignal.abort() })
      let calls = 0
      const reading = store.readInto('model/large.bin', { start: 0, end: 10 }, () => void calls++, context)
      await expect(reading).rejects.toMatchObject({ code: 'deadline_exceeded' })
      expect(calls).toBe(0)
    })

    testOf('write', 'writes nothing for a caller who has gone', async (store) => {
      const context = createContext({ signal: AbortSignal.abort() })
      const writing = (async () => store.write('written/gone', Buffer.from('x'), {}, context))()
      await expect(writing).rejects.toMatchObject({ code: 'deadline_exceeded' })
      expect(await store.stat('written/gone')).toBeUndefined()
    })

    testOf('write', 'refuses to write outside of itself', async (store) => {
      for (const key of ['../outside', '/outside', 'model/../../outside']) {
        const writing = (async () => store.write(key, Buffer.from('x')))()
        await expect(writing).rejects.toMatchObject({ code: 'invalid_request' })
      }
    })

    testOf('remove', 'refuses to remove what lies outside of itself', async (store) => {
      for (const key of ['../outside', '/outside', 'model/../../outside']) {
        const removing = (async () => store.remove(key))()
        await expect(removing).rejects.toMatchObject({ code: 'invalid_request' })
      }
    })

    testOf('write', 'writes an object that is then read', async (store) => {
      expect(await store.write('written/new.bin', LARGE)).toBe(true)
      expect((await buffer(await store.read('written/new.bin'))).equals(LARGE)).toBe(true)
      expect(await store.write('written/new.bin', Buffer.from('shorter'))).toBe(true)
      expect(await text(await store.read('written/new.bin'))).toBe('shorter')
    })

    testOf('write', 'keeps metadata with an object, until it is written anew', async (store) => {
      await store.write('written/part', Buffer.from('one'), { metadata: { checkpoint: '7' } })
      expect(await store.stat('written/part')).toMatchObject({ bytes: 3, metadata: { checkpoint: '7' } })
      await store.write('written/part', Buffer.from('other'), { metadata: { checkpoint: '8' } })
      expect(await store.stat('written/part')).toMatchObject({ bytes: 5, metadata: { checkpoint: '8' } })
      await store.write('written/part', Buffer.from('plain'))
      expect((await store.stat('written/part'))!.metadata).toBeUndefined()
    })

    testOf(
      'write',
      'lets exactly one of twenty writers have a name, whose metadata it keeps',
      async (store) => {
        const writers = Array.from({ length: 20 }, (_, index) => `writer ${index}`)
        const outcomes = await Promise.all(
          writers.map((by) =>
            store.write('written/once', Buffer.from(by), { onlyIfAbsent: true, metadata: { by } }),
          ),
        )
        expect(outcomes.filter(Boolean)).toHaveLength(1)
        const winner = writers[outcomes.indexOf(true)]!
        expect(await text(await store.read('written/once'))).toBe(winner)
        expect((await store.stat('written/once'))!.metadata).toEqual({ by: winner })
      },
    )

    testOf('remove', 'removes an object, and one that is not there', async (store) => {
      await fixture.put('removed/file', Buffer.from('x'))
      await store.remove('removed/file')
      await store.remove('removed/file')
      expect(await store.stat('removed/file')).toBeUndefined()
    })

    testOf('list', 'lists only what begins with a prefix, which need not end with a name', async (store) => {
      const keys: string[] = []
      for await (const key of store.list('model/h')) keys.push(key)
      for await (const key of store.list('nowhere/')) keys.push(key)
      expect(keys).toEqual(['model/hello.txt'])
    })

    testOf('list', 'lists the keys of a prefix in order', async (store) => {
      const keys: string[] = []
      for await (const key of store.list('names/')) keys.push(key)
      expect(keys).toEqual(NAMES.map((key) => `names/${key}`).sort())
    })
  })
}

function isCapable<C extends Capability>(store: Store, capability: C): store is Capable<C> {
  return store[capability] !== undefined
}
