import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { processorLimitIn } from '../src/generate-settings.ts'

const machine = { memoryBytes: 8e9, processors: 4, root: '/app' }
const lambda = (megabytes: number) => ({
  AWS_LAMBDA_FUNCTION_NAME: 'generate',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(megabytes),
})

test.each([
  [1024, 1],
  [1769, 1],
  [3537, 1],
  [3538, 2],
  [10_240, 5],
])('a language model in a function of %i MB has %i threads, all of them guaranteed', (megabytes, threads) => {
  expect(readConfig(lambda(megabytes), machine).llmThreads).toBe(threads)
})

test.each([
  [undefined, 4, 4],
  [1, 4, 1],
  [1.9, 4, 1],
  [0.5, 4, 1],
  [16, 4, 4],
  [undefined, 64, 6],
])(
  'a language model in a container limited to %s of %i processors has %i threads',
  (limit, processors, threads) => {
    const contained = { ...machine, processors, processorLimit: () => limit }
    expect(readConfig({}, contained).llmThreads).toBe(threads)
    expect(readConfig({ LLM_THREADS: '3' }, contained).llmThreads).toBe(3)
  },
)

test.each([
  ['150000 100000\n', 1.5],
  ['max 100000\n', undefined],
  ['', undefined],
  ['100000 0', undefined],
])('reads the limit of processors of a container for language models from %j', (text, limit) => {
  expect(processorLimitIn(text)).toBe(limit)
})

test('a server of language models may be asked alone, unless other hosts are allowed', () => {
  const GENERATE_ENDPOINT = 'https://models.example:8443/v1'
  expect(readConfig({ GENERATE_ENDPOINT }, machine)).toMatchObject({
    generateEndpoint: GENERATE_ENDPOINT,
    generateEndpointAllow: ['models.example:8443'],
    generateEndpointKey: undefined,
  })
  const more = {
    GENERATE_ENDPOINT,
    GENERATE_ENDPOINT_ALLOW: 'a.example, b.example',
    GENERATE_ENDPOINT_KEY: 'k',
  }
  expect(readConfig(more, machine)).toMatchObject({
    generateEndpointAllow: ['a.example', 'b.example'],
    generateEndpointKey: 'k',
  })
})

test.each([
  ['GENERATE_ENDPOINT', 'models.example'],
  ['GENERATE_ENDPOINT_KEY', ''],
  ['GENERATE_ENDPOINT_KEY_SOURCE', 'file:/key'],
  ['LLM_THREADS', '0'],
  ['LLM_QUEUE', 'many'],
])('names the setting of language models that is wrong: %s', (name, value) => {
  expect(() => readConfig({ [name]: value }, machine)).toThrow(name)
})
