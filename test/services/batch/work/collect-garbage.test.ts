import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { collectGarbage } from '../../../../src/services/batch/work/collect-garbage.ts'

it('frees at once what nobody holds', async () => {
  const holder: { value?: object } = { value: { big: new Array(1000).fill(0) } }
  const reference = new WeakRef(holder.value!)
  await nextTurn()
  collectGarbage()
  await nextTurn()
  expect(reference.deref()).toBeDefined()
  delete holder.value
  await nextTurn()
  collectGarbage()
  await nextTurn()
  expect(reference.deref()).toBeUndefined()
})
