import { expect, test } from 'vitest'
import { createLeasePool } from '../../../src/models/engine/lease-pool.ts'

function poolOf() {
  const released: string[] = []
  const pool = createLeasePool<string>(10)
  const loader = (key: string) => ({
    load: async () => key,
    release: async (value: string) => void released.push(value),
  })
  return { released, acquire: (key: string) => pool.acquire(key, 4, loader(key)), pool }
}

const never = new AbortController().signal

test('a resource that nobody leases is released at once, and loaded again when it is asked for', async () => {
  const { released, acquire, pool } = poolOf()
  const first = await acquire('a')
  first.release()
  await pool.drop('a', never)
  expect([released, pool.holds('a')]).toEqual([['a'], false])
  expect((await acquire('a')).loaded).toBe(true)
})

test('what is not there need not be released', async () => {
  const { released, pool } = poolOf()
  await pool.drop('b', never)
  expect(released).toEqual([])
})

test('a resource in use is released when its last lease ends', async () => {
  const { released, acquire, pool } = poolOf()
  const leases = [await acquire('a'), await acquire('a')]
  const dropped = pool.drop('a', never)
  leases[0]!.release()
  await new Promise(setImmediate)
  expect(released).toEqual([])
  leases[1]!.release()
  await dropped
  expect(released).toEqual(['a'])
})

test('a resource that stays in use stays, and the caller hears so', async () => {
  const { released, acquire, pool } = poolOf()
  const lease = await acquire('a')
  const ending = new AbortController()
  const dropped = pool.drop('a', ending.signal)
  ending.abort()
  await expect(dropped).rejects.toMatchObject({ code: 'overloaded', details: { model: 'a' } })
  lease.release()
  expect([released, pool.holds('a')]).toEqual([[], true])
})
