import { expect, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { createAppOver, post } from '../support/http.ts'
import { createWordEngine } from '../support/word-engine.ts'

interface Answer {
  readonly warnings: readonly string[]
  readonly error: { readonly message: string; readonly details: { readonly field: string } }
}

async function ask(body: object | string, engine = createWordEngine()) {
  const app = createAppOver(engine)
  const usual = { model: 'wide', query: 'nurse', candidates: [{ id: 'a', title: 'nurse', years: 3 }] }
  const request = post('/match', typeof body === 'string' ? body : { ...usual, ...body })
  const response = await app.fetch(request)
  return { status: response.status, body: (await response.json()) as Answer }
}

test('the warning about a stage that was left out shows no paths of the machine', async () => {
  const engine = createWordEngine()
  engine.score = () =>
    Promise.reject(
      new AppError(
        'artifact_missing',
        'Model cross was found in none of the sources directory /opt/app/models.',
      ),
    )
  const { status, body } = await ask({ rerank: { model: 'cross' } }, engine)
  expect([status, body.warnings]).toEqual([
    200,
    ['The stage rerank was left out: Model cross was found in none of the sources directory …/models.'],
  ])
})
