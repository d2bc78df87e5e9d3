import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createSlots } from '../../../src/models/threads/admission.ts'

const anyone = () => false
const context = createContext()
const code = (expected: string) => expect.objectContaining({ code: expected })

test('takes the least busy host, among equals the preferred one', async () => {
  const slots = createSlots(['a', 'b', 'c'], 2, 0)
  expect(await slots.take((host) => host === 'b', context)).toBe('b')
  expect(await slots.take((host) => host === 'b', context)).toBe('a')
  expect(await slots.take(anyone, context)).toBe('c')
  expect(await slots.take((host) => host === 'c', context)).toBe('c')
})

test('who waits comes in in the order of arrival', async () => {
  const slots = createSlots(['a'], 1, 2)
  const order: string[] = []
  const host = await slots.take(anyone, context)
  const visits = ['first', 'second'].map(async (name) => {
    const taken = await slots.take(anyone, context)
    order.push(name)
    slots.giveBack(taken)
  })
  expect(order).toEqual([])
  slots.giveBack(host)
  await Promise.all(visits)
  expect(order).toEqual(['first', 'second'])
})

test('tells how many are in line', async () => {
  const slots = createSlots(['a'], 1, 5)
  expect(slots.waiting()).toBe(0)
  const host = await slots.take(anyone, context)
  const waiting = [slots.take(anyone, context), slots.take(anyone, context)]
  expect(slots.waiting()).toBe(2)
  slots.giveBack(host)
  expect(slots.waiting()).toBe(1)
  slots.giveBack(await waiting[0]!)
  await waiting[1]
  expect(slots.waiting()).toBe(0)
})

test('refuses whom the line has no room for, and says how long it is', async () => {
  const slots = createSlots(['a'], 1, 1)
  await slots.take(anyone, context)
  const waiting = slots.take(anyone, context)
  await expect(slots.take(anyone, context)).rejects.toThrow(code('overloaded'))
  await expect(slots.take(anyone, context)).rejects.toThrow(/1 requests wait already; try again/)
  slots.giveBack('a')
  expect(await waiting).toBe('a')
})

test('who leaves the line makes room at once and takes no place', async () => {
  const slots = createSlots(['a'], 1, 1)
  const caller = new AbortController()
  await slots.take(anyone, context)
  const left = slots.take(anyone, createContext({ signal: caller.signal }))
  caller.abort()
  const next = slots.take(anyone, context)
  slots.giveBack('a')
  await expect(left).rejects.toThrow(code('deadline_exceeded'))
  expect(await next).toBe('a')
})

test('who left a place takes one at the same host again, whatever the limit of the line', async () => {
  const slots = createSlots(['a', 'b'], 1, 0)
  await slots.take((host) => host === 'a', context)
  await slots.take(anyone, context)
  let back = false
  const again = slots.takeAgain('a', context).then(() => {
    back = true
  })
  slots.giveBack('b')
  await Promise.resolve()
  expect(back).toBe(false)
  expect(await slots.take(anyone, context)).toBe('b')
  slots.giveBack('a')
  await again
  await expect(slots.take(anyone, context)).rejects.toThrow(code('overloaded'))
})

test('who left a place takes a free one at once, and none when its caller has gone', async () => {
  const slots = createSlots(['a'], 1, 0)
  await slots.takeAgain('a', context)
  const gone = createContext({ signal: AbortSignal.abort() })
  await expect(slots.takeAgain('a', gone)).rejects.toThrow(code('deadline_exceeded'))
  slots.giveBack('a')
  await slots.close()
  await expect(slots.takeAgain('a', context)).rejects.toThrow(/is closing/)
})

test('closing refuses who waits and who comes, and waits for who is in', async () => {
  const slots = createSlots(['a', 'b'], 1, 5)
  await slots.take(anyone, context)
  await slots.take(anyone, context)
  const waiting = slots.take(anyone, context)
  let closed = false
  const closing = slots.close().then(() => {
    closed = true
  })
  await expect(waiting).rejects.toThrow(code('overloaded'))
  await expect(slots.take(anyone, context)).rejects.toThrow(/is closing/)
  slots.giveBack('a')
  await Promise.resolve()
  expect(closed).toBe(false)
  slots.giveBack('b')
  await closing
})

test('closing at rest is immediate', async () => {
  await expect(createSlots(['a'], 1, 5).close()).resolves.toBeUndefined()
})

test('never holds more than its places, and serves everyone who does not leave', async () => {
  const visits = fc.array(fc.record({ leaves: fc.boolean(), ticks: fc.nat({ max: 5 }) }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(visits, fc.integer({ min: 1, max: 3 }), async (plan, perHost) => {
      const slots = createSlots(['a', 'b'], perHost, plan.length)
      const inside = new Map([
        ['a', 0],
        ['b', 0],
      ])
      let served = 0
      await Promise.all(
        plan.map(async ({ leaves, ticks }) => {
          const caller = new AbortController()
          const turn = slots.take(anyone, createContext({ signal: caller.signal }))
          if (leaves) caller.abort()
          const host = await turn.catch(() => undefined)
          if (host === undefined) return
          inside.set(host, inside.get(host)! + 1)
          expect(inside.get(host)).toBeLessThanOrEqual(perHost)
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
          inside.set(host, inside.get(host)! - 1)
          slots.giveBack(host)
          served += 1
        }),
      )
      expect(served).toBeGreaterThanOrEqual(plan.filter(({ leaves }) => !leaves).length)
      await slots.close()
    }),
  )
})

test('says how long the line will take, as it has moved lately, from one second to a minute', async () => {
  let clock = 0
  const slots = createSlots(['a'], 1, 10, () => clock)
  const gone = new AbortController()
  const line = createContext({ signal: gone.signal })
  await slots.take(anyone, context)
  expect(slots.full()).toBeUndefined()
  const waiting = Array.from({ length: 60 }, () => slots.take(anyone, line).catch(() => undefined))
  const step = (ms: number) => {
    clock += ms
    slots.giveBack('a')
    void slots.take(anyone, line).catch(() => undefined)
  }
  const seconds = () => slots.full()!.details.retryAfterSeconds
  step(10)
  expect(seconds()).toBe(1)
  for (let count = 0; count < 100; count++) step(1500)
  expect(seconds()).toBe(17)
  clock += 4000
  expect(seconds()).toBe(44)
  clock += 1_000_000
  expect(seconds()).toBe(60)
  expect(slots.full()!.message).toContain('10 requests wait already; try again in 60 s')
  gone.abort()
  await Promise.all(waiting)
})
