import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ChatNews, createChatReader } from '../../src/page/chat-stream.ts'

const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`
const piece = (content: string) => event({ choices: [{ delta: { content }, finish_reason: null }] })
const end = (reason: string) => event({ choices: [{ delta: {}, finish_reason: reason }] })

function readAll(parts: readonly string[]): ChatNews {
  const read = createChatReader()
  const news = parts.map(read)
  const text = news.map((each) => each.text).join('')
  return Object.assign({}, ...news, { text })
}

test('a chat that is streamed to the page reads the same wherever it is cut', () => {
  const stream = `${piece('护')}${piece('士 and\n\ncook')}${end('length')}data: [DONE]\n\n`
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const places = [0, ...cuts.sort((one, other) => one - other), stream.length]
      const parts = places.slice(1).map((to, index) => stream.slice(places[index], to))
      expect(readAll(parts)).toEqual({ text: '护士 and\n\ncook', reason: 'length' })
    }),
  )
})

test('the page hears of a failure in the midst of a chat, and keeps what there was', () => {
  expect(readAll([piece('A nurse'), event({ error: { message: 'The model failed.' } })])).toEqual({
    text: 'A nurse',
    failure: 'The model failed.',
  })
})

test('the page passes over events of a chat that say nothing', () => {
  const first = event({ choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }] })
  expect(readAll([first, event({ choices: [], usage: {} }), end('stop')])).toEqual({
    text: '',
    reason: 'stop',
  })
})
