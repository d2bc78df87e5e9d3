import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeMissing } from '../../scripts/deploy/artifacts.ts'
import { FUNCTIONS } from '../../scripts/deploy/deployment.ts'
import { environmentOf } from '../../scripts/deploy/functions.ts'
import { diagnoseGenerate } from '../../scripts/deploy/generate-findings.ts'
import { roleResources } from '../../scripts/deploy/roles.ts'
import { describeStack } from '../../scripts/deploy/stack.ts'
import { parseGenerators } from '../../src/models/catalog/generator-file.ts'
import shipped from '../../src/models/catalog/generators.json' with { type: 'json' }
import { temporaryFolder } from '../support/folders.ts'
import { parametersOf } from './defaults.ts'
import { deploymentOf, permissionsOf } from './deployments.ts'

const TOKEN = { auth: 'token', tokenSource: 'ssm:/embeddings/token' }
const CHAT = 'POST /v1/chat/completions'

test('language models are there only where they are asked for, and read models and their token alone', () => {
  expect(roleResources(deploymentOf('prod')).GenerateRole).toBeUndefined()
  const changes = {
    ...TOKEN,
    generate: 'true',
    modelBucket: 'weights',
    dataBucket: 'ours',
    collections: 's3vectors://vectors/jobs',
  }
  const deployment = deploymentOf('prod', changes)
  expect(permissionsOf(deployment, 'GenerateRole')).toEqual([
    expect.stringMatching(/^logs:CreateLogStream,logs:PutLogEvents .*GenerateLogGroup/),
    's3:GetObject {"Fn::Join":["/",[{"Fn::Sub":"arn:aws:s3:::weights"},"models/*"]]}',
    's3:ListBucket {"Fn::Sub":"arn:aws:s3:::weights"}',
    expect.stringMatching(/^ssm:GetParameter .*:parameter\/embeddings\/token"\}$/),
  ])
  expect(
    Object.keys(environmentOf(deploymentOf('prod', { ...changes, preload: 'jobs-static' }), 'generate')),
  ).toEqual(['MODEL_SOURCES', 'DEFAULT_MODEL', 'AUTH_TOKEN_SOURCE'])
})

test('conversations have an address of their own that streams, or a route of the API that does not', () => {
  const byUrl = describeStack(
    deploymentOf('prod', { generate: 'true', corsOrigins: 'https://a.example.com' }),
  ).generate
  expect(byUrl).toMatchObject({
    handler: 'dist/generate.streaming',
    timeout: 300,
    reservedConcurrency: 5,
    url: {
      invokeMode: 'RESPONSE_STREAM',
      authorizer: 'aws_iam',
      cors: { allowedOrigins: ['https://a.example.com'] },
    },
  })
  expect(byUrl).not.toHaveProperty('events')
  const asking = describeStack(deploymentOf('prod', { ...TOKEN, generate: 'true' })).generate
  // The function asks for the token itself.
  expect(asking).toMatchObject({ environment: { AUTH_TOKEN_SOURCE: 'ssm:/embeddings/token' } })
  expect(asking).toHaveProperty('url', { invokeMode: 'RESPONSE_STREAM' })
  const changes = { generate: 'true', generateDoor: 'api', generateTimeout: '29', generateReserved: 'none' }
  const byApi = describeStack(deploymentOf('prod', changes)).generate
  expect(byApi).toMatchObject({
    handler: 'dist/generate.handler',
    events: [{ httpApi: { method: 'POST', path: CHAT.split(' ')[1], authorizer: { type: 'aws_iam' } } }],
  })
  expect(byApi).not.toHaveProperty('url')
  expect(byApi).not.toHaveProperty('reservedConcurrency')
  expect(describeStack(deploymentOf('prod')).generate).toBeUndefined()
})

test('says where the runtime of language models is not built, or for another processor', () => {
  const root = temporaryFolder('artifacts')
  mkdirSync(join(root, 'dist'))
  for (const name of FUNCTIONS) writeFileSync(join(root, 'dist', `${name}.js`), '')
  const bin = join(root, 'layers/onnxruntime/nodejs/node_modules/onnxruntime-node/bin/napi-v6/linux')
  mkdirSync(join(bin, 'x64'), { recursive: true })
  const silent = describeMissing(root, { architecture: 'x64', generate: false })
  expect(silent).toBeUndefined()
  const talking = (architecture: 'arm64' | 'x64') => describeMissing(root, { architecture, generate: true })
  expect(talking('x64')).toMatch(/^layers\/llm, the runtime of language models, is not built; expected one/)
  mkdirSync(join(root, 'layers/llm/node_modules/@node-llama-cpp/linux-arm64'), { recursive: true })
  expect(talking('x64')).toMatch(/is for linux-arm64; expected one for linux-x64; run .*--llm --arch x64"\.$/)
  mkdirSync(join(root, 'layers/llm/node_modules/@node-llama-cpp/linux-x64'), { recursive: true })
  expect(talking('x64')).toBeUndefined()
})

const generators = () => parseGenerators(JSON.stringify(shipped), 'generators.json')

test.each<[string, Record<string, string>, RegExp]>([
  [
    'language models without a place to come from',
    {},
    /^problem: generate=true: no source has language models, .*modelBucket=create/,
  ],
  [
    'a function with less than a thread for each of two processors',
    { modelBucket: 'create', generateMemory: '2000' },
    /^warning: generateMemory=2000 and .* suit .*SmolLM2-135M-Instruct.* on 1 thread; from generateMemory=3538/,
  ],
  [
    'a function that none of them fits',
    { modelSources: '/opt/models,hf:', generateMemory: '512' },
    /^problem: generate=true: no language model .* fits generateMemory=512 .* takes about 36\d MB of memory/,
  ],
  ['a place and room', { modelBucket: 'weights' }, /^good: generateMemory=3538 .* on 2 threads$/],
])('the doctor on %s', (_, changes, expected) => {
  const found = diagnoseGenerate({ generators }, parametersOf('prod', { generate: 'true', ...changes }))
  expect(found.map(({ level, text }) => `${level}: ${text}`)).toEqual([expect.stringMatching(expected)])
})

test('the doctor says nothing of language models where they are not wanted', () => {
  expect(diagnoseGenerate({ generators }, parametersOf('prod'))).toEqual([])
})
