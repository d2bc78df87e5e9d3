import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import { createEmbedService } from '../../src/services/embed.ts'
import { createRecordingEngine } from '../support/engines.ts'
import { manifestOf } from '../support/manifests.ts'

function createService() {
  const engine = createRecordingEngine()
  const catalog = createCatalog([manifestOf({ id: 'small' })])
  return { engine, service: createEmbedService({ catalog, engine, defaultModel: 'small' }) }
}

function metricsOf(context: ReturnType<typeof createContext>) {
  return Object.fromEntries(
    [...context.metrics.entries()].map(([model, values]) => [model, Object.fromEntries(values)]),
  )
}

test('counts a load in the request that loads, and a hit in the next', async () => {
  const { service } = createService()
  const contexts = [createContext(), createContext()]
  for (const context of contexts) await service.run(service.plan({ inputs: ['ab'], options: {} }), context)
  const common = {
    Latency: expect.any(Number),
    QueueTime: 0,
    Requests: 1,
    InputTexts: 1,
    InputTokens: 2,
    TruncatedTexts: 0,
    TokenizeTime: 1,
    InferenceTime: 2,
    SessionEvictions: 0,
  }
  expect(contexts.map(metricsOf)).toEqual([
    { small: { ...common, ColdStart: 1, SessionHits: 0, LoadTime: 5, LoadBytes: 100 } },
    { small: { ...common, ColdStart: 0, SessionHits: 1 } },
  ])
})

test('counts an error with its request', async () => {
  const { engine, service } = createService()
  engine.embed = () => Promise.reject(new AppError('overloaded', 'busy'))
  const context = createContext()
  const plan = service.plan({ inputs: ['ab'], options: {} })
  await expect(service.run(plan, context)).rejects.toThrow('busy')
  expect(metricsOf(context)).toEqual({
    small: { Requests: 1, InputTexts: 1, Errors: 1, 'Errors/overloaded': 1, Latency: expect.any(Number) },
  })
})
