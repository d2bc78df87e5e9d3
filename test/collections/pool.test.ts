import { describe, expect, it } from 'vitest'
import { createPool } from '../../src/collections/postgres/pool.ts'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'

const LONGEST_IDLE_MS = 1000
const lost = new Error('lost')

/** A pool of two, of numbers. */
function openPool() {
  const state = { now: 0, opened: 0, ended: [] as number[] }
  const pool = createPool<number>({
    most: 2,
    longestIdleMs: LONGEST_IDLE_MS,
    open: () => state.opened++,
    async end(item) {
      state.ended.push(item)
    },
    isLost: (error) => error === lost,
    now: () => state.now,
  })
  const lend = <T>(work: (item: number) => T | Promise<T>) =>
    pool.lend(createContext(), async (item) => work(item))
  /** Holds one until it is let go. */
  const hold = () => {
    let end = () => {}
    let done: Promise<void> | undefined
    const item = new Promise<number>((lent) => {
      done = lend((item) => {
        lent(item)
        return new Promise<void>((resolve) => {
          end = resolve
        })
      })
    })
    return {
      item,
      async letGo() {
        await item
        end()
        await done
      },
    }
  }
  return { state, pool, lend, hold }
}

describe('a pool of connections', () => {
  it('lends again what was given back, and no more at once than it may have', async () => {
    const { state, lend, hold } = openPool()
    const [one, other] = [hold(), hold()]
    expect([await one.item, await other.item]).toEqual([0, 1])
    const third = lend((item) => item)
    await one.letGo()
    expect(await third).toBe(0)
    await other.letGo()
    expect(state).toMatchObject({ opened: 2, ended: [] })
  })

  it('keeps one whose work was refused, and ends one that failed otherwise', async () => {
    const { state, lend } = openPool()
    const refused = new AppError('invalid_request', 'No.')
    await expect(lend(() => Promise.reject(refused))).rejects.toBe(refused)
    expect(await lend((item) => item)).toBe(0)
    await expect(lend(() => Promise.reject(new Error('odd')))).rejects.toThrow('odd')
    expect(await lend((item) => item)).toBe(1)
    expect(state.ended).toEqual([0])
  })

  it('ends all that lie idle once one was lost', async () => {
    const { state, lend, hold } = openPool()
    const [one, other] = [hold(), hold()]
    await one.letGo()
    await other.letGo()
    await expect(lend(() => Promise.reject(lost))).rejects.toBe(lost)
    expect(state.ended.toSorted()).toEqual([0, 1])
    expect(await lend((item) => item)).toBe(2)
  })

  it('ends one that lay idle too long, though no timer ran', async () => {
    const { state, lend } = openPool()
    await lend(() => undefined)
    state.now = LONGEST_IDLE_MS
    expect(await lend((item) => item)).toBe(0)
    state.now += LONGEST_IDLE_MS + 1
    expect(await lend((item) => item)).toBe(1)
    expect(state.ended).toEqual([0])
  })

  it('passes over those who left while they waited', async () => {
    const { pool, lend, hold } = openPool()
    const [one, other] = [hold(), hold()]
    await one.item
    const gone = new AbortController()
    const left = pool.lend(createContext({ signal: gone.signal }), async () => 'used')
    gone.abort()
    const next = lend((item) => item)
    await one.letGo()
    await expect(left).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect(await next).toBe(0)
    await other.letGo()
  })

  it('ends all when it is closed, and lends nothing more', async () => {
    const { state, pool, lend } = openPool()
    await lend(() => undefined)
    await pool.close()
    expect(state.ended).toEqual([0])
    await expect(lend(() => undefined)).rejects.toMatchObject({ code: 'upstream_failed' })
    expect(state.opened).toBe(1)
  })
})
