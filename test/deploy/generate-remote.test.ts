import { expect, test } from 'vitest'
import { findContradictions } from '../../scripts/deploy/contradictions.ts'
import { environmentOf } from '../../scripts/deploy/functions.ts'
import { diagnoseGenerate } from '../../scripts/deploy/generate-findings.ts'
import { parseGenerators } from '../../src/models/catalog/generator-file.ts'
import shipped from '../../src/models/catalog/generators.json' with { type: 'json' }
import { parametersOf } from './defaults.ts'
import { deploymentOf, permissionsOf } from './deployments.ts'

const BEDROCK = {
  generateEndpoint: 'https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1',
  generateModels: 'openai.gpt-oss-20b-1:0,qwen.qwen3-32b-v1:0',
}
const KEYED = { ...BEDROCK, generateKeySource: 'secret:bedrock/key' }
const told = {
  GENERATE_ENDPOINT: BEDROCK.generateEndpoint,
  GENERATE_MODELS: BEDROCK.generateModels,
  GENERATE_ENDPOINT_KEY_SOURCE: 'secret:bedrock/key',
}
const settingsOf = (changes: Record<string, string>, name: Parameters<typeof environmentOf>[1]) => {
  const all = environmentOf(deploymentOf('prod', { generate: 'true', ...changes }), name)
  return Object.fromEntries(Object.entries(all).filter(([setting]) => /^(GENERATE|JUDGE)_/.test(setting)))
}

test('conversations and those who judge are told of a server of language models, others of nothing', () => {
  for (const name of ['generate', 'match', 'batch', 'split'] as const)
    expect(settingsOf(KEYED, name)).toEqual(told)
  for (const name of ['embed', 'train'] as const) expect(settingsOf(KEYED, name)).toEqual({})
  expect(settingsOf({}, 'generate')).toEqual({})
})

test('a judge of the default is one of its models, and judges alone', () => {
  const changes = { ...KEYED, judge: 'ranker', judgeReport: 'report.json' }
  const models = `${BEDROCK.generateModels},ranker`
  expect(settingsOf(changes, 'match')).toEqual({ ...told, GENERATE_MODELS: models, JUDGE_MODEL: 'ranker' })
  expect(settingsOf(changes, 'generate')).toEqual({ ...told, GENERATE_MODELS: models })
  expect(settingsOf({ ...changes, generateModels: 'none' }, 'split').GENERATE_MODELS).toBe('ranker')
})

test.each([
  ['secret:llm/key', 'secretsmanager:GetSecretValue', 'secret:llm/key-??????'],
  ['ssm:/llm/key', 'ssm:GetParameter', 'parameter/llm/key'],
])(
  'the roles of those who ask for language models may read the key at %s, and no other',
  (generateKeySource, action, resource) => {
    const deployment = deploymentOf('prod', { ...BEDROCK, generateKeySource, generate: 'true' })
    const reading = (role: string) => permissionsOf(deployment, role).filter((one) => one.startsWith(action))
    for (const role of ['GenerateRole', 'MatchRole', 'BatchRole', 'SplitRole'])
      expect(reading(role)).toEqual([expect.stringContaining(resource)])
    expect(reading('EmbedRole')).toEqual([])
  },
)

test.each<[Record<string, string>, RegExp]>([
  [
    { generateEndpoint: BEDROCK.generateEndpoint },
    /^generateEndpoint is of use with the models that are there; give generateModels/,
  ],
  [{ generateModels: 'a' }, /^generateModels and generateKeySource are of use with generateEndpoint only/],
  [{ generateKeySource: 'ssm:/key' }, /of use with generateEndpoint only/],
  [
    { ...BEDROCK, generateKeySource: 'ssm:llm/key' },
    /^generateKeySource=ssm:llm\/key has slashes and begins with none/,
  ],
])(
  'parameters of a server of language models that contradict each other are refused: %o',
  (changes, sentence) => {
    const parameters = parametersOf('prod', changes)
    expect(findContradictions({ service: 'embeddings', stage: 'prod', parameters })).toEqual([
      expect.stringMatching(sentence),
    ])
  },
)

test.each([
  ['generateEndpoint', 'http://llm.example/v1', 'expected https://host/v1, or none'],
  ['generateEndpoint', 'https://me:word@llm.example/v1', 'expected https://host/v1, or none'],
  ['generateKeySource', 'sk-plain-key', 'expected ssm:'],
])('no %s is %s', (name, value, expected) => {
  expect(() => parametersOf('prod', { ...BEDROCK, [name]: value })).toThrow(expected)
})

test('the doctor takes a server elsewhere for a source of language models', () => {
  const generators = () => parseGenerators(JSON.stringify(shipped), 'generators.json')
  const said = (changes: Record<string, string>) =>
    diagnoseGenerate({ generators }, parametersOf('prod', { generate: 'true', ...changes }))
  const elsewhere = {
    level: 'good',
    text: 'openai.gpt-oss-20b-1:0, qwen.qwen3-32b-v1:0: asked for at https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1',
  }
  expect(said(BEDROCK)).toEqual([elsewhere])
  expect(said({ ...BEDROCK, modelBucket: 'weights' })).toEqual([
    elsewhere,
    { level: 'good', text: expect.stringMatching(/^generateMemory=3538/) },
  ])
})
