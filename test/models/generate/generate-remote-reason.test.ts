import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createContext } from '../../../src/context.ts'
import { createRemoteGenerator } from '../../../src/models/generate/remote.ts'
import { readDelta } from '../../../src/models/generate/remote-body.ts'
import { withoutSent } from '../../../src/models/generate/remote-reason.ts'

const asked = 'Zhang San, born 1990, 护士长在第三医院工作'

test.each([
  [`Invalid: "${asked}"`, 'Invalid: "…"'],
  ['{"input": "born 1990, \\u62a4\\u58eb\\u957f\\u5728\\u7b2c\\u4e09"}', '{"input": "…"}'],
  ['near born 1990, 护士长: no such option', 'near…: no such option'],
  ['no such option', 'no such option'],
  ['', ''],
])('leaves of %j what was not sent', (reason, kept) => {
  expect(withoutSent(reason, undefined, ['Hello, you there!', asked])).toBe(kept)
})

test('leaves out the key, however short it is', () => {
  expect(withoutSent('Incorrect API key k3y, got k3y', 'k3y', [])).toBe('Incorrect API key …, got …')
})

test.each([
  ['a page', 'text/html; charset=utf-8'],
  ['a whole answer', 'application/json'],
])('says that %s is no stream of events', async (_, type) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': type }).end('{"choices": []}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const address = { endpoint: `http://${host}/v1`, allow: [host] }
  const generator = createRemoteGenerator({ ...address, model: 'a', remoteModel: 'a', contextTokens: 8 })
  const answer = generator.generate([{ role: 'user', content: asked }], { maxTokens: 8 }, createContext())
  await expect(answer[Symbol.asyncIterator]().next()).rejects.toThrow(/no stream of events/)
})

test('passes over chances that are no numbers, and takes those above one for one', () => {
  const alternatives =
    '{"token":"yes","logprob":1e999},{"token":"no","logprob":null},{"token":"No","logprob":5}'
  const token = `{"token":"yes","logprob":-0.1,"top_logprobs":[${alternatives}]}`
  const { logprobs } = readDelta(
    `{"choices":[{"delta":{"content":"yes"},"logprobs":{"content":[${token}]}}]}`,
  )
  expect(logprobs).toEqual([{ token: 'yes', logprob: -0.1, top: [{ token: 'No', logprob: 0 }] }])
})
