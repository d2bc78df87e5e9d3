import { expect, test } from 'vitest'
import { parseGenerators } from '../../../src/models/catalog/generator-file.ts'
import { createGeneratorCatalog } from '../../../src/models/catalog/generators.ts'

const weights = { path: 'model.gguf', bytes: 10, sha256: 'a'.repeat(64) }
const entry = {
  id: 'small-chat',
  aliases: ['small'],
  task: 'generate',
  runtime: 'gguf',
  repo: 'Someone/Small-Chat',
  revision: 'b'.repeat(40),
  files: [weights],
  weights: 'model.gguf',
  tasks: ['chat'],
  contextTokens: 2048,
  parameters: 135_000_000,
  chat: { format: 'template' },
  license: 'Apache-2.0',
  languages: ['en'],
  remarks: ['It was made to chat, and has no instructions to follow.'],
  canaries: [{ prompt: [1, 2], greedy: [3], firstTop: [[3, -0.1]] }],
}
const remote = {
  ...Object.fromEntries(
    Object.entries(entry).filter(([key]) => !['revision', 'files', 'weights', 'canaries'].includes(key)),
  ),
  id: 'large-chat',
  aliases: [],
  runtime: 'remote',
  repo: 'Someone/Large',
  tasks: ['chat', 'judge'],
}
const parse = (...models: object[]) => parseGenerators(JSON.stringify(models), 'llm.json')
const catalog = createGeneratorCatalog(
  parse(entry, remote, { ...entry, id: 'unpulled', aliases: [], files: [{ path: 'model.gguf' }] }),
)

test.each(['small-chat', 'Small', 'someone/small-chat'])('finds a language model by the name %s', (name) => {
  expect(catalog.resolve(name, 'chat').id).toBe('small-chat')
})

test('finds a model that another server has, which has no files', () => {
  expect(catalog.resolve('large-chat', 'judge')).toMatchObject({ runtime: 'remote', repo: 'Someone/Large' })
})

test.each([
  ['smal-chat', 'chat', 'unknown_model', /did you mean.*small-chat/i],
  ['x', 'chat', 'unknown_model', /no language model "x"/],
  ['small', 'judge', 'unsupported_task', /made to chat, not to judge.*no instructions to follow/],
  ['unpulled', 'chat', 'artifact_missing', /never pulled.*models -- pull unpulled/],
] as const)('refuses %s for %s with %s', (name, task, code, message) => {
  const attempt = () => catalog.resolve(name, task)
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(attempt).toThrow(message)
})

test('says of a model that was never pulled by which name it was asked for', () => {
  const renamed = createGeneratorCatalog(
    parse({ ...entry, id: 'unpulled', aliases: ['Old-Chat'], files: [{ path: 'model.gguf' }] }),
  )
  expect(() => renamed.resolve('old-chat', 'chat')).toThrow(
    'Model unpulled, which answers to the name Old-Chat, was never pulled',
  )
})

test('refuses two language models of one name', () => {
  expect(() => createGeneratorCatalog(parse(entry, { ...remote, aliases: ['SMALL'] }))).toThrow(
    /two language models for the name small/,
  )
})

test.each([
  ['files', { weights: 'other.gguf' }, /every file that it names/],
  ['tasks', { tasks: [] }, /\[?0\.tasks|length/],
  ['runtime', { runtime: 'cuda' }, /0\.runtime/],
  ['context', { contextTokens: 0 }, /0\.contextTokens/],
  ['format', { chat: { format: 'alpaca' } }, /0\.chat\.format/],
  ['path', { files: [{ path: '../x.gguf' }], weights: '../x.gguf' }, /0\.(files|weights)/],
  ['extra field', { dimensions: 3 }, /dimensions/],
  [
    'template of a model without one',
    { runtime: 'seq2seq', weights: undefined, encoder: 'e', decoder: 'd', tokenizer: 't', config: 'c' },
    /0/,
  ],
])('names what is wrong with a manifest: %s', (_, change, message) => {
  expect(() => parse({ ...entry, ...change })).toThrow(message)
  expect(() => parse({ ...entry, ...change })).toThrow(/llm\.json/)
})
