import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeMissing } from '../../scripts/deploy/artifacts.ts'
import { bucketResources } from '../../scripts/deploy/buckets.ts'
import { FUNCTIONS, functionsOf } from '../../scripts/deploy/deployment.ts'
import { environmentOf, handlerOf, localEnvironment } from '../../scripts/deploy/functions.ts'
import { roleResources } from '../../scripts/deploy/roles.ts'
import { httpEventsOf } from '../../scripts/deploy/routes.ts'
import { spareLayers } from '../../scripts/deploy/spare-layers.ts'
import { describeStack } from '../../scripts/deploy/stack.ts'
import { splitResources } from '../../scripts/deploy/state-machine.ts'
import { temporaryFolder } from '../support/folders.ts'
import { deploymentOf, permissionsOf } from './deployments.ts'
import { at, type Json } from './rules/template.ts'
import { describeMargins, findExcess, sizesOf } from './sizes.ts'
import { readZipEntries } from './zip-entries.ts'

const TOKEN = { auth: 'token', tokenSource: 'ssm:/embeddings/token' }

test('functions behind the API may read the token and nothing else that is secret; batch may not', () => {
  const deployment = deploymentOf('prod', TOKEN)
  const secret = expect.stringMatching(/^ssm:GetParameter .*:ssm:.*:parameter\/embeddings\/token"\}$/)
  expect(permissionsOf(deployment, 'EmbedRole')).toContainEqual(secret)
  expect(permissionsOf(deployment, 'MatchRole')).toContainEqual(secret)
  expect(permissionsOf(deployment, 'BatchRole')).not.toContainEqual(secret)
  expect(environmentOf(deployment, 'embed').AUTH_TOKEN_SOURCE).toBe('ssm:/embeddings/token')
  expect(environmentOf(deployment, 'batch').AUTH_TOKEN_SOURCE).toBeUndefined()
})

test('a token that the deployment makes is read from where it is kept, and from nowhere on this machine', () => {
  const deployment = deploymentOf('dev')
  expect(environmentOf(deployment, 'match').AUTH_TOKEN_SOURCE).toBe('ssm:/embeddings/dev/token')
  expect(permissionsOf(deployment, 'EmbedRole')).toContainEqual(
    expect.stringMatching(/^ssm:GetParameter .*:parameter\/embeddings\/dev\/token"\}$/),
  )
  const here = localEnvironment(environmentOf(deployment, 'embed'), '/checkout', deployment)
  expect(here.AUTH_TOKEN_SOURCE).toBeUndefined()
  const given = deploymentOf('dev', { tokenSource: 'ssm:/ours' })
  expect(localEnvironment(environmentOf(given, 'embed'), '/checkout', given).AUTH_TOKEN_SOURCE).toBe(
    'ssm:/ours',
  )
  expect(environmentOf(deploymentOf('dev', { auth: 'iam' }), 'embed').AUTH_TOKEN_SOURCE).toBeUndefined()
})

test('archives of layers outlive the deployments that brought them', async () => {
  const key = (time: string, name: string) => ({ Key: `serverless/embeddings/prod/${time}/${name}` })
  const cleaner = {
    getObjectsToRemove: async () => [
      key('1-a', 'models.zip'),
      key('1-a', 'embed.zip'),
      key('1-a', 'onnxruntime.zip'),
    ],
  }
  spareLayers([{ hooks: {} }, cleaner])
  expect(await cleaner.getObjectsToRemove()).toEqual([key('1-a', 'embed.zip')])
})

test('a secret of Secrets Manager with a key of its own may be read and decrypted', () => {
  const tokenKey = 'arn:aws:kms:us-east-1:123456789012:key/0a-0b'
  const deployment = deploymentOf('prod', { auth: 'token', tokenSource: 'secret:ours', tokenKey })
  expect(permissionsOf(deployment, 'EmbedRole')).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^secretsmanager:GetSecretValue .*:secret:ours-\?{6}"\}$/),
      `kms:Decrypt "${tokenKey}"`,
    ]),
  )
})

test('a bucket under a key of the customer is read and written with that key, through S3 alone', () => {
  const dataKey = 'arn:aws:kms:us-east-1:123456789012:key/da-7a'
  const modelKey = 'arn:aws:kms:us-east-1:123456789012:key/30-de'
  const deployment = deploymentOf('prod', { dataKey, modelKey, modelBucket: 'create' })
  const keysOf = (role: string) =>
    permissionsOf(deployment, role).filter((permission) => permission.startsWith('kms:'))
  expect(keysOf('EmbedRole')).toEqual([`kms:Decrypt "${modelKey}"`])
  expect(keysOf('MatchRole')).toEqual([`kms:Decrypt "${modelKey}"`, `kms:Decrypt "${dataKey}"`])
  for (const role of ['BatchRole', 'SplitRole']) {
    expect(keysOf(role)).toEqual([
      `kms:Decrypt "${modelKey}"`,
      `kms:Decrypt,kms:GenerateDataKey "${dataKey}"`,
    ])
  }
  expect(JSON.stringify(splitResources(deployment).SplitStatesRole)).toContain(
    `{"Effect":"Allow","Action":["kms:Decrypt"],"Resource":"${dataKey}","Condition"`,
  )
  const { DataBucket, ModelBucket } = bucketResources(deployment)
  const encryption = (key: string) => ({
    ServerSideEncryptionConfiguration: [
      {
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
        BucketKeyEnabled: true,
      },
    ],
  })
  expect(DataBucket!.Properties!.BucketEncryption).toEqual(encryption(dataKey))
  expect(ModelBucket!.Properties!.BucketEncryption).toEqual(encryption(modelKey))
  expect(JSON.stringify(roleResources(deploymentOf('prod')))).not.toContain('kms:')
})

test('models in buckets may be read below their prefix alone', () => {
  const deployment = deploymentOf('prod', { modelSources: '/opt/models,s3://ours/a/b,s3://all' })
  expect(permissionsOf(deployment, 'EmbedRole').slice(1)).toEqual([
    's3:GetObject {"Fn::Sub":"arn:aws:s3:::ours/a/b/*"}',
    's3:ListBucket {"Fn::Sub":"arn:aws:s3:::ours"}',
    's3:GetObject {"Fn::Sub":"arn:aws:s3:::all/*"}',
    's3:ListBucket {"Fn::Sub":"arn:aws:s3:::all"}',
  ])
})

test('what learns is there only where it is asked for; it reads pairs and models, and writes below learned/ alone', () => {
  expect(functionsOf(deploymentOf('prod'))).toEqual(['embed', 'match', 'batch', 'split'])
  expect(roleResources(deploymentOf('prod')).TrainRole).toBeUndefined()
  const deployment = deploymentOf('prod', { train: 'true', dataBucket: 'ours', modelBucket: 'weights' })
  const [logs, ...permissions] = permissionsOf(deployment, 'TrainRole')
  expect(logs).toMatch(/^logs:CreateLogStream,logs:PutLogEvents .*TrainLogGroup/)
  const below = (bucket: string, path: string) =>
    `{"Fn::Join":["/",[{"Fn::Sub":"arn:aws:s3:::${bucket}"},"${path}"]]}`
  expect(permissions).toEqual([
    `s3:GetObject ${below('weights', 'models/*')}`,
    's3:ListBucket {"Fn::Sub":"arn:aws:s3:::weights"}',
    `s3:GetObject [${below('ours', 'train/*')},${below('ours', 'learned/*')}]`,
    `s3:PutObject ${below('ours', 'learned/*')}`,
    `s3:DeleteObject ${below('ours', 'learned/_messages/*')}`,
    's3:ListBucket {"Fn::Sub":"arn:aws:s3:::ours"}',
    expect.stringMatching(/^sqs:ReceiveMessage,.* {"Fn::GetAtt":\["TrainQueue","Arn"\]}$/),
  ])
})

test('what learns never logs a text, whatever the others do', () => {
  const deployment = deploymentOf('prod', { train: 'true', logInputs: 'true' })
  expect(environmentOf(deployment, 'batch').LOG_INPUTS).toBe('true')
  expect(environmentOf(deployment, 'train')).toEqual({
    MODEL_SOURCES: '/opt/models',
    DEFAULT_MODEL: 'jobs-static',
    MOST_ATTEMPTS: '5',
  })
})

test('no other function reads pairs or writes what was learned', () => {
  const deployment = deploymentOf('prod', { train: 'true', dataBucket: 'ours' })
  for (const role of ['EmbedRole', 'MatchRole', 'BatchRole', 'SplitRole'])
    expect(permissionsOf(deployment, role).filter((text) => /train|learned/i.test(text))).toEqual([])
})

test('each route leads to one function', () => {
  const paths = FUNCTIONS.map((name) =>
    httpEventsOf(deploymentOf('prod'), name).map(({ httpApi }) => httpApi.path),
  )
  expect(paths[1]).toContain('/match')
  expect(paths[0]).toContain('/embed')
  expect(paths[2]).toEqual([])
})

test('the door that awaits models is used when there are some to await', () => {
  expect(handlerOf(deploymentOf('prod'), 'embed')).toBe('dist/embed.handler')
  expect(handlerOf(deploymentOf('prod', { preload: 'jobs-static' }), 'embed')).toBe(
    'dist/embed-preloaded.handler',
  )
  expect(describeStack(deploymentOf('prod', { architecture: 'x64' })).architecture).toBe('x86_64')
})

test('settings go into the environment, those that are left out do not', () => {
  const changes = { modelAliases: 'fast=jobs-static', preload: 'fast', logInputs: 'true' }
  expect(environmentOf(deploymentOf('prod', changes), 'embed')).toEqual({
    MODEL_SOURCES: '/opt/models',
    DEFAULT_MODEL: 'jobs-static',
    MODEL_ALIASES: 'fast=jobs-static',
    PRELOAD_MODELS: 'fast',
    LOG_INPUTS: 'true',
  })
  expect(Object.keys(environmentOf(deploymentOf('prod'), 'batch'))).toEqual([
    'MODEL_SOURCES',
    'DEFAULT_MODEL',
    'SPLIT_BYTES',
    'MOST_ATTEMPTS',
  ])
})

test('on this machine models come from the checkout, and nothing from the stack', () => {
  const hub = deploymentOf('dev', { modelSources: '/opt/models,hf:' })
  expect(localEnvironment(environmentOf(hub, 'match'), '/checkout', hub)).toEqual({
    MODEL_SOURCES: '/checkout/layers/models,hf:',
    DEFAULT_MODEL: 'jobs-static',
  })
  const made = deploymentOf('dev', { modelBucket: 'create' })
  expect(localEnvironment(environmentOf(made, 'embed'), '/checkout', made).MODEL_SOURCES).toBe(
    '/checkout/layers/models',
  )
})

test('buckets of dev go with the stack, others stay; results and uploads end when they are to', () => {
  const policyOf = (stage: string) => bucketResources(deploymentOf(stage)).DataBucket!.DeletionPolicy
  expect([policyOf('dev'), policyOf('prod')]).toEqual(['Delete', 'RetainExceptOnCreate'])
  const { Properties } = bucketResources(deploymentOf('prod', { outputDays: '9' })).DataBucket!
  expect(at(Properties as Json, 'LifecycleConfiguration', 'Rules', 3)).toMatchObject({
    Prefix: 'output/',
    ExpirationInDays: 9,
  })
  const both = bucketResources(deploymentOf('prod', { outputDays: '9', inputDays: '30' })).DataBucket!
  expect(at(both.Properties as Json, 'LifecycleConfiguration', 'Rules', 4)).toMatchObject({
    Prefix: 'input/',
    ExpirationInDays: 30,
  })
  expect(bucketResources(deploymentOf('prod', { dataBucket: 'ours' }))).toEqual({})
})

test('says which part is not built', () => {
  const root = temporaryFolder('artifacts')
  expect(describeMissing(root, { architecture: 'arm64', generate: false })).toMatch(
    /^dist\/embed.js and dist\/match.js and dist\/batch.js and dist\/split.js and dist\/train.js and dist\/generate.js are not/,
  )
  mkdirSync(join(root, 'dist'))
  for (const name of FUNCTIONS) writeFileSync(join(root, 'dist', `${name}.js`), '')
  expect(describeMissing(root, { architecture: 'arm64', generate: false })).toMatch(
    /^layers\/onnxruntime is not built; expected one for arm64; run/,
  )
  const bin = join(root, 'layers/onnxruntime/nodejs/node_modules/onnxruntime-node/bin/napi-v6/linux')
  mkdirSync(join(bin, 'x64'), { recursive: true })
  expect(describeMissing(root, { architecture: 'arm64', generate: false })).toMatch(
    /^layers\/onnxruntime is for x64; expected one for arm64/,
  )
  expect(describeMissing(root, { architecture: 'x64', generate: false })).toBeUndefined()
})
test('sizes have limits, margins and a sentence when they are beyond', () => {
  const sizes = sizesOf({
    functions: { embed: [{ path: 'dist/embed.js', bytes: 1_000_001 }] },
    layers: { models: [{ path: 'models/a', bytes: 262_000_000 }] },
  })
  expect(findExcess(sizes)).toEqual([
    'embed: dist/embed.js has 1000001 bytes; expected at most 1000000.',
    'embed with layers has 263000001 bytes; expected at most 262144000.',
  ])
  expect(describeMargins(sizes)).toContain('-0.3 % left')
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['anything else', Buffer.alloc(100, 'x')],
])('%s is no zip archive', (_, bytes) => {
  expect(() => readZipEntries(bytes)).toThrow(/invalid zip data/)
})

test('the state machine keeps every null of its definition, and takes its numbers from parameters', () => {
  const { Properties } = splitResources(deploymentOf('prod', { splitConcurrency: '7' })).SplitStateMachine!
  const definition = JSON.parse(String(Properties!.DefinitionString))
  expect(definition.States.EachRange).toMatchObject({
    MaxConcurrency: 7,
    ToleratedFailurePercentage: 0,
    ResultPath: null,
  })
  expect(String(Properties!.DefinitionString)).not.toContain('param:')
  expect(Properties!.DefinitionString).toContain(`"FunctionName":"\${SplitFunctionArn}"`)
})
