import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { createTestApp, post } from '../support/http.ts'

function watched() {
  const errors: AppError[] = []
  let left = 0
  const app = createTestApp({ onError: (error) => errors.push(error), onLeft: () => void left++ })
  return { app, errors, left: () => left }
}

test('a client that leaves while its body comes is no error, in the log or the metrics', async () => {
  const { app, errors, left } = watched()
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('{"inp'))
    },
    pull: () => Promise.reject(new Error('aborted')),
  })
  for (const encoding of ['identity', 'gzip']) {
    const context = createContext()
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    const init = { method: 'POST', headers, body: encoding === 'gzip' ? failing() : body, duplex: 'half' }
    const response = await app.fetch(new Request('http://localhost/embed', init as RequestInit), context)
    expect(response.status).toBe(499)
    expect([...context.metrics.entries()]).toEqual([])
  }
  expect([errors, left()]).toEqual([[], 2])
})

test('a client that leaves while a model works is no error of the model', async () => {
  const { app, errors, left } = watched()
  const client = new AbortController()
  app.engine.embed = async () => {
    client.abort()
    throw new AppError('deadline_exceeded', 'out of time')
  }
  const context = createContext({ signal: client.signal })
  await app.fetch(post('/embed', { input: 'a' }), context)
  const metrics = [...context.metrics.entries()].flatMap(([, values]) => [...values.keys()])
  expect([errors, left(), metrics.filter((name) => name.startsWith('Errors'))]).toEqual([[], 1, []])
})

test('a deadline that passes is an error still', async () => {
  const { app, errors, left } = watched()
  app.engine.embed = async () => {
    throw new AppError('deadline_exceeded', 'out of time')
  }
  const response = await app.fetch(post('/embed', { input: 'a' }))
  expect([response.status, errors.length, left()]).toEqual([504, 1, 0])
})

test('callers hear no paths of the machine, and the log does', async () => {
  const { app, errors } = watched()
  const message =
    'Model x was found in none of the sources directory /srv/app/layers/models, s3://bucket/models/a, hf:; put it there, GET /models and POST /v1/embeddings tell more: /home/me/project/file.onnx.'
  app.engine.embed = async () => {
    throw new AppError('artifact_missing', message, {
      details: { sources: ['directory /srv/app/models', 's3://b/c/d'] },
    })
  }
  const response = await app.fetch(post('/embed', { input: 'a' }))
  const { error } = (await response.json()) as { error: { message: string; details: object } }
  expect(error.message).toBe(
    'Model x was found in none of the sources directory …/models, s3://bucket/models/a, hf:; put it there, GET /models and POST /v1/embeddings tell more: …/file.onnx.',
  )
  expect(error.details).toEqual({ sources: ['directory …/models', 's3://b/c/d'] })
  expect(errors[0]!.message).toBe(message)
})

function failing(): ReadableStream {
  return new ReadableStream({ pull: () => Promise.reject(new Error('aborted')) })
}
