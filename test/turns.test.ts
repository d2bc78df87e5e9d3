import { expect, test } from 'vitest'
import { createTurns } from '../src/turns.ts'

test('work goes on while a turn is young, and rests for what waits once it has taken 10 ms', async () => {
  let clock = 0
  const turns = createTurns(() => clock)
  clock = 9.9
  expect(turns.rest()).toBeUndefined()
  clock = 10
  const order: string[] = []
  setImmediate(() => order.push('somebody else'))
  await turns.rest()
  order.push('the next turn')
  expect(order).toEqual(['somebody else', 'the next turn'])
  clock = 19.9
  expect(turns.rest()).toBeUndefined()
})
