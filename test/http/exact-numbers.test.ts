import { expect, test } from 'vitest'
import { parseExactJson } from '../../src/formats/exact-json.ts'
import { settleNumbers } from '../../src/http/exact-numbers.ts'
import { createAppOver, post } from '../support/http.ts'
import { createWordEngine } from '../support/word-engine.ts'

const app = createAppOver(createWordEngine())

interface Answer {
  readonly results: readonly { readonly id: string; readonly index: number; readonly score: number }[]
  readonly excluded: readonly unknown[]
}

/** The body is text: no value of JavaScript has these numbers. */
async function match(rest: string) {
  const response = await app.fetch(post('/match', `{"model":"wide","query":"nurse",${rest}}`))
  return { status: response.status, body: (await response.json()) as Answer }
}

test('ids that differ in their last digit are two, and come back with it', async () => {
  const candidates = '{"id":12345678901234567890,"text":"nurse"},{"id":12345678901234567891,"text":"baker"}'
  const { status, body } = await match(`"candidates":[${candidates}]`)
  expect(status).toBe(200)
  expect(body.results.map(({ id }) => id)).toEqual(['12345678901234567890', '12345678901234567891'])
})

test('filters compare and show all digits', async () => {
  const candidates =
    '{"id":"a","text":"nurse","key":9007199254740993},{"id":"b","text":"nurse","key":9007199254740992}'
  const only = (filters: string) =>
    match(`"candidates":[${candidates}],"topK":5,"filters":{"key":${filters}}`)
  const excluded = [{ id: 'b', reason: 'key is 9007199254740992, not 9007199254740993' }]
  expect((await only('{"equals":9007199254740993}')).body).toMatchObject({ results: [{ id: 'a' }], excluded })
  expect((await only('{"in":[1,9007199254740993]}')).body).toMatchObject({ results: [{ id: 'a' }] })
  expect((await only('{"min":9007199254740991.25}')).body.results).toHaveLength(2)
  expect((await only('{"equals":"9007199254740993 "}')).body).toMatchObject({ results: [{ id: 'a' }] })
  const large = '{"id":"c","text":"nurse","key":{"in":12345678901234567890}}'
  expect((await match(`"candidates":[${large}],"topK":1,"filters":{"key":{"max":1}}`)).body.excluded).toEqual(
    [{ id: 'c', reason: 'key is {"in":12345678901234567890}, not a number' }],
  )
})

test('a number with more digits than a double has is no text, and is no matter to redact', async () => {
  const candidates = '{"id":"a","text":"nurse","salary":12345678901234567890},{"id":"b","text":"nurse"}'
  const { body } = await match(`"candidates":[${candidates}],"redact":["phone"]`)
  expect(body.results[0]?.score).toBe(body.results[1]?.score)
  expect(body.results).toHaveLength(2)
})

test('vectors, weights and places mean the nearest double', () => {
  const long = '0.10000000000000000555'
  const body = parseExactJson(
    `{"query":{"vector":[${long}]},"queries":"none","weights":{"text":${long}},"model":{"ensemble":[{"model":"a","weight":${long}}]},"filters":{"place":{"within":{"latitude":${long}}}}}`,
  )
  expect(settleNumbers(body)).toEqual({
    query: { vector: [0.1] },
    queries: 'none',
    weights: { text: 0.1 },
    model: { ensemble: [{ model: 'a', weight: 0.1 }] },
    filters: { place: { within: { latitude: 0.1 } } },
  })
  expect(settleNumbers('text')).toBe('text')
  const deep = `${'['.repeat(20_000)}1e400${']'.repeat(20_000)}`
  expect(settleNumbers(parseExactJson(`{"explain":${deep}}`))).toHaveProperty('explain')
})

test('a candidate without an id never collides with one that has', async () => {
  const { body } = await match(
    '"candidates":[{"id":"1","text":"a nurse"},{"text":"nurse"},{"id":"#1","text":"b"},"c"]',
  )
  expect(body.results.map(({ id, index }) => [index, id]).sort()).toEqual([
    [0, '1'],
    [1, '##1'],
    [2, '#1'],
    [3, '3'],
  ])
})
