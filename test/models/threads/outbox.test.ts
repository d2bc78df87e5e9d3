import { describe, expect, test } from 'vitest'
import { createOutbox } from '../../../src/models/threads/outbox.ts'

/** An outbox whose turns end when `endTurn` is called; a message `bad` cannot be posted. */
function open(most = 3) {
  const posted: (readonly string[])[] = []
  const refused: string[] = []
  const turns: (() => void)[] = []
  const outbox = createOutbox<string>({
    post(messages) {
      if (messages.includes('bad')) throw new TypeError('cannot be copied')
      posted.push(messages)
    },
    refused: (message, error) => refused.push(`${message}: ${(error as Error).message}`),
    later: (callback) => turns.push(callback),
    most,
  })
  const endTurn = () => {
    for (const callback of turns.splice(0)) callback()
  }
  return { ...outbox, posted, refused, endTurn, turns }
}

describe('an outbox', () => {
  test('sends what came about in one turn as one message, in order', () => {
    const box = open()
    box.add('a')
    box.add('b')
    expect(box.posted).toEqual([])
    box.endTurn()
    box.add('c')
    box.endTurn()
    expect(box.posted).toEqual([['a', 'b'], ['c']])
  })

  test('does not wait for the end of the turn with as many as may wait', () => {
    const box = open(2)
    for (const message of ['a', 'b', 'c', 'd', 'e']) box.add(message)
    expect(box.posted).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    box.endTurn()
    box.endTurn()
    expect(box.posted).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  test('sends the others where one message cannot be sent', () => {
    const box = open()
    box.add('a')
    box.add('bad')
    box.add('c')
    box.endTurn()
    expect(box.posted).toEqual([['a'], ['c']])
    expect(box.refused).toEqual(['bad: cannot be copied'])
  })

  test('sends at once when it is told to, and then nothing twice', () => {
    const box = open()
    box.add('a')
    box.flush()
    box.endTurn()
    box.flush()
    expect(box.posted).toEqual([['a']])
  })

  test('forgets what nobody is there to hear', () => {
    const box = open()
    box.add('a')
    box.clear()
    box.endTurn()
    expect(box.posted).toEqual([])
  })
})
