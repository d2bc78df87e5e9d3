import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLeasePool } from '../../../src/models/engine/lease-pool.ts'

/** A loader that writes down what it does. */
function recorder() {
  const log: string[] = []
  const loader = (key: string, fail = false) => ({
    async load() {
      log.push(`load ${key}`)
      await new Promise((resolve) => setImmediate(resolve))
      if (fail) throw new Error(`no ${key}`)
      return key
    },
    async release(value: string) {
      log.push(`release ${value}`)
    },
  })
  return { log, loader }
}

describe('createLeasePool', () => {
  it('loads once when ten callers arrive together', async () => {
    const { log, loader } = recorder()
    const pool = createLeasePool<string>(10)
    const leases = await Promise.all(Array.from({ length: 10 }, () => pool.acquire('a', 4, loader('a'))))
    expect(log).toEqual(['load a'])
    expect(leases.filter((lease) => lease.loaded)).toHaveLength(1)
  })

  it('forgets a load that failed, for all who waited for it', async () => {
    const { log, loader } = recorder()
    const pool = createLeasePool<string>(10)
    const failures = await Promise.allSettled([1, 2].map(() => pool.acquire('a', 4, loader('a', true))))
    expect(failures.map((failure) => failure.status)).toEqual(['rejected', 'rejected'])
    expect((await pool.acquire('a', 4, loader('a'))).value).toBe('a')
    expect(log).toEqual(['load a', 'load a'])
  })

  it('evicts the least recently used and releases it', async () => {
    const { log, loader } = recorder()
    const pool = createLeasePool<string>(10)
    for (const key of ['a', 'b', 'a']) (await pool.acquire(key, 5, loader(key))).release()
    const lease = await pool.acquire('c', 5, loader('c'))
    expect(lease.evictions).toBe(1)
    expect(log).toEqual(['load a', 'load b', 'release b', 'load c'])
    expect(pool.entries().map((entry) => entry.key)).toEqual(['a', 'c'])
  })

  it('never evicts what is leased: the next caller waits for a release', async () => {
    const { log, loader } = recorder()
    const pool = createLeasePool<string>(10)
    const held = await pool.acquire('a', 8, loader('a'))
    const next = pool.acquire('b', 8, loader('b'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(log).toEqual(['load a'])
    held.release()
    expect((await next).value).toBe('b')
    expect(log).toEqual(['load a', 'release a', 'load b'])
  })

  it('refuses what can never fit, naming both sizes', async () => {
    const { loader } = recorder()
    await expect(createLeasePool<string>(10).acquire('a', 11, loader('a'))).rejects.toMatchObject({
      code: 'model_too_large',
      details: { bytes: 11, budgetBytes: 10 },
    })
  })

  it('makes room for what turned out larger than expected', async () => {
    const { log, loader } = recorder()
    const pool = createLeasePool<string>(10)
    for (const key of ['a', 'b']) (await pool.acquire(key, 4, loader(key))).release()
    pool.resize('b', 9)
    pool.resize('absent', 1)
    ;(await pool.acquire('c', 1, loader('c'))).release()
    expect(log).toEqual(['load a', 'load b', 'release a', 'load c'])
  })

  it('goes on serving what turned out larger than the whole budget', async () => {
    const { log, loader } = recorder()
    const pool = createLeasePool<string>(10)
    ;(await pool.acquire('a', 8, loader('a'))).release()
    pool.resize('a', 12)
    ;(await pool.acquire('a', 12, loader('a'))).release()
    ;(await pool.acquire('b', 1, loader('b'))).release()
    expect(log).toEqual(['load a', 'release a', 'load b'])
    await expect(pool.acquire('a', 12, loader('a'))).rejects.toMatchObject({ code: 'model_too_large' })
  })

  it('releases every resource when the pool is closed', async () => {
    const { log, loader } = recorder()
    const pool = createLeasePool<string>(10)
    ;(await pool.acquire('a', 4, loader('a'))).release()
    await pool.close()
    expect(log).toEqual(['load a', 'release a'])
    expect(pool.entries()).toEqual([])
  })

  it('never holds more bytes than its budget, whatever is asked of it', async () => {
    const calls = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(3)), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(calls, async (asked) => {
        const { loader } = recorder()
        const sizes = { a: 1, b: 3, c: 5, d: 8 } as Record<string, number>
        const pool = createLeasePool<string>(9)
        await Promise.all(
          asked.map(async ([key, turns]) => {
            const lease = await pool.acquire(key, sizes[key]!, loader(key))
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            const used = pool.entries().reduce((sum, entry) => sum + entry.bytes, 0)
            expect(used).toBeLessThanOrEqual(9)
            expect(lease.value).toBe(key)
            lease.release()
          }),
        )
      }),
    )
  })
})
