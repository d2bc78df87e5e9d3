import { afterAll, expect, test } from 'vitest'
import { bundleAllDoors } from '../support/bundles.ts'
import { environmentOf } from '../support/configs.ts'
import { functionUrlEvent } from '../support/events.ts'
import { runLambda } from '../support/lambda.ts'
import { writeTinyModels } from '../support/tiny-model.ts'

const doors = await bundleAllDoors()
const models = writeTinyModels()
const environment = { ...environmentOf(models), AWS_LAMBDA_FUNCTION_NAME: 'match-prod' }
const job = { query: 'data engineer', candidates: ['nurse', 'data engineer'] }

afterAll(() => {
  doors.remove()
  models.remove()
})

test('ranks candidates of requests and of direct invocations alike', async () => {
  const request = functionUrlEvent({ rawPath: '/match', isBase64Encoded: false, body: JSON.stringify(job) })
  const { outcomes } = await runLambda(doors.path('match.js'), environment, [request, job])
  const [answered, invoked] = outcomes
  expect(answered!.result!.statusCode).toBe(200)
  const { results } = JSON.parse(answered!.result!.body) as { results: { index: number }[] }
  expect(results.map(({ index }) => index)).toEqual([1, 0])
  expect(invoked!.result).toMatchObject({ results })
})

test('names a direct invocation that fails by its code', async () => {
  const { outcomes } = await runLambda(doors.path('match.js'), environment, [{ query: 'nurse' }])
  expect(outcomes[0]!.error).toMatchObject({ name: 'invalid_request' })
})

test('awaits the models of PRELOAD_MODELS in a module of its own', async () => {
  const preloading = { ...environment, PRELOAD_MODELS: 'tiny' }
  const { starting } = await runLambda(doors.path('match-preloaded.mjs'), preloading, [job])
  expect(starting.filter((touch) => touch.startsWith('dlopen'))).not.toEqual([])
})
