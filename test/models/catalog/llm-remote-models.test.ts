import { expect, test } from 'vitest'
import { parseGenerators } from '../../../src/models/catalog/generator-file.ts'
import shipped from '../../../src/models/catalog/generators.json' with { type: 'json' }
import { createGeneratorCatalog } from '../../../src/models/catalog/generators.ts'
import { withRemoteModels } from '../../../src/models/catalog/remote-models.ts'

const models = parseGenerators(JSON.stringify(shipped), 'generators.json')

test('a model of the catalog that another server has runs there, with its own description', () => {
  const before = models.find(({ id }) => id === 'Qwen3-Reranker-0.6B')!
  const catalog = createGeneratorCatalog(withRemoteModels(models, ['qwen3-reranker-0.6b']))
  const { tasks, license, parameters } = before
  expect(catalog.resolve('Qwen/Qwen3-Reranker-0.6B', 'judge')).toMatchObject({
    ...{ id: 'Qwen3-Reranker-0.6B', runtime: 'remote', remoteModel: 'qwen3-reranker-0.6b' },
    ...{ tasks, license, parameters },
  })
  expect(catalog.models).toHaveLength(models.length)
  expect(() => catalog.resolve('Qwen3-Reranker-0.6B', 'chat')).toThrow(/is made to judge, not to chat/)
})

test('a model that no catalog describes is known by the name that its server has for it', () => {
  const catalog = createGeneratorCatalog(withRemoteModels(models, ['openai.gpt-oss-20b-1:0', 'a/b']))
  expect(catalog.resolve('OpenAI.gpt-oss-20b-1:0', 'judge')).toMatchObject({
    id: 'openai.gpt-oss-20b-1:0',
    runtime: 'remote',
    remoteModel: 'openai.gpt-oss-20b-1:0',
    tasks: ['chat', 'judge'],
  })
  expect(catalog.resolve('a/b', 'chat').id).toBe('a/b')
})

test('the same name twice is one model', () => {
  expect(withRemoteModels([], ['one', 'ONE'])).toHaveLength(1)
})
