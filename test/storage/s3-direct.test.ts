import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createS3Store } from '../../src/storage/s3.ts'

test('ranges of one object are asked for with one signature of the client', async () => {
  const asked: { readonly range: string | undefined; readonly authorization: string | undefined }[] = []
  const server = createServer(({ method, url, headers }, response) => {
    expect(`${method} ${url}`).toMatch(/^GET \/bucket\/models\/a%20b\.onnx\?/)
    const { range, authorization } = headers
    asked.push({ range, authorization })
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range!)!
    response.writeHead(206, { 'content-length': 4, 'content-range': `bytes ${start}-${end}/8` }).end('abcd')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    server.closeAllConnections()
    server.close()
  })
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hidden')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = createS3Store({ bucket: 'bucket', prefix: 'models', endpoint })
  const taken: string[] = []
  for (const start of [0, 4]) {
    await store.readInto!('a b.onnx', { start, end: start + 4 }, (bytes) => void taken.push(`${bytes}`))
  }
  expect(taken).toEqual(['abcd', 'abcd'])
  expect(asked.map(({ range }) => range)).toEqual(['bytes=0-3', 'bytes=4-7'])
  expect(asked[0]!.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/us-east-1\/s3\/aws4_request, /,
  )
  expect(asked[1]!.authorization).toBe(asked[0]!.authorization)
})
