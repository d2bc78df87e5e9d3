import { expect, test } from 'vitest'
import type { GeneratorManifest } from '../../../src/models/catalog/generator-manifest.ts'
import { openGenerator } from '../../../src/models/generate/open.ts'

const common = {
  id: 'chatglm-6b',
  aliases: [],
  task: 'generate',
  repo: 'THUDM/chatglm-6b',
  tasks: ['chat', 'judge'],
  contextTokens: 2048,
  parameters: 6_200_000_000,
  chat: { format: 'chatglm2' },
  license: 'ChatGLM-6B',
  languages: ['zh', 'en'],
  remarks: [],
} as const
const remote: GeneratorManifest = { ...common, runtime: 'remote' }
const parts = {
  fileAt: async () => '/nowhere',
  llamaProgram: '/nowhere/llama.js',
  runtimeFolders: [],
  threads: 1,
  contextTokens: 4096,
  chunkTokens: 64,
  queueLimit: 8,
  availableBytes: 1e9,
}

test('opens a model that another server has, with its key, only where the server may be asked', async () => {
  const server = { endpoint: 'https://llm.example/v1', allow: ['llm.example'], key: async () => 'secret' }
  const generator = await openGenerator(remote, { ...parts, remote: server })
  expect(generator).toMatchObject({ model: 'chatglm-6b', contextTokens: 2048 })
  await expect(generator.close()).resolves.toBeUndefined()
  await expect(openGenerator(remote, { ...parts, remote: { ...server, allow: [] } })).rejects.toMatchObject({
    code: 'invalid_request',
  })
})

test('says what is to be set for a model that another server has', async () => {
  await expect(openGenerator(remote, parts)).rejects.toMatchObject({
    code: 'runtime_missing',
    message: expect.stringMatching(/chatglm-6b runs on another server; set GENERATE_ENDPOINT/),
  })
})
