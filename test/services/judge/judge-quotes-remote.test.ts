import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createRemoteGenerator } from '../../../src/models/generate/remote.ts'
import { fakeJudge, judgeServiceOf } from '../../support/judge.ts'

type Asked = { readonly response_format?: object; readonly max_tokens: number; readonly temperature: number }

/** A server that answers as each test has it. */
let answer: (asked: Asked, response: ServerResponse) => void
let asked: Asked[] = []
const server = createServer(async (request, response) => {
  const body = (await json(request)) as Asked
  asked.push(body)
  answer(body, response)
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
})

function say(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const content of text.match(/.{1,9}/gsu) ?? [])
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
  response.end('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end('{"error":{"message":"response_format is unavailable"}}')
}

/** Asks the server for quotes of resumes, each time with a memory of its own. */
function quote(...texts: readonly string[]) {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const parts = { model: 'far', remoteModel: 'far', endpoint: `http://${host}/v1`, allow: [host] }
  const service = judgeServiceOf(
    fakeJudge(() => [0.5, 0.5], createRemoteGenerator({ ...parts, contextTokens: 4096 })),
  )
  const resumes = texts.map((text) => ({ text, score: 0.9 }))
  const request = { job: 'Nurse', resumes, began: Date.now() }
  return service.quote(service.plan({ quotes: true }), request, createContext())
}

test('of what a server quotes, what stands in the resume is given, and nothing else', async () => {
  const word = fc.constantFrom('night', 'nurse', 'nurses', 'Java', 'JavaScript', '护士')
  const text = (minLength: number) =>
    fc.array(word, { minLength, maxLength: 6 }).map((words) => words.join(' '))
  const lists = fc.array(text(1), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(text(1), lists, async (resume, list) => {
      answer = (_, response) => say(response, JSON.stringify({ quotes: list }))
      const there = list.filter((one) => ` ${resume} `.includes(` ${one} `))
      const told = await quote(resume)
      expect(new Set(told.quotes[0])).toEqual(new Set(there))
      expect(told.dropped).toBe(list.length - there.length)
    }),
    { numRuns: 100 },
  )
})

test('an answer of any form gives no quote that is not in the resume', async () => {
  const resume = 'night nurse, 护士'
  const said = fc.oneof(
    fc.json(),
    fc.string(),
    fc.json().map((quotes) => `{"quotes":${quotes}}`),
  )
  await fc.assert(
    fc.asyncProperty(said, async (text) => {
      answer = (_, response) => say(response, text)
      const { quotes, silent } = await quote(resume)
      expect(quotes[0] === undefined).toBe(silent === 1)
      expect((quotes[0] ?? []).filter((one) => !resume.includes(one))).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('a server that takes no schema is asked without one, once for all resumes', async () => {
  answer = ({ response_format: format }, response) =>
    format ? refuse(response, 400) : say(response, 'Here: {"quotes": ["night nurse", "a lie"]}')
  expect(await quote('A night nurse.', 'No longer a night nurse.')).toMatchObject({
    quotes: [['night nurse'], ['night nurse']],
    dropped: 2,
  })
  expect(asked.map(({ response_format: format }) => format !== undefined)).toEqual([true, false, false])
  expect(asked[0]).toMatchObject({ max_tokens: 300, temperature: 0 })
})

test.each([
  ['with 503', 503, 'upstream_failed', 1],
  ['with 429', 429, 'overloaded', 1],
  ['with 401, whatever is asked', 401, 'upstream_failed', 2],
])('a server that refuses %s fails the quotes', async (_, status, code, times) => {
  answer = (_body, response) => refuse(response, status)
  await expect(quote('A night nurse.')).rejects.toMatchObject({ code })
  expect(asked).toHaveLength(times)
})
