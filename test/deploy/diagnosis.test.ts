import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parametersFor } from '../../scripts/deploy/defaults.ts'
import { describeFindings, diagnose } from '../../scripts/deploy/diagnosis.ts'
import type { Facts } from '../../scripts/deploy/findings.ts'
import { AppError } from '../../src/errors.ts'
import type { CatalogModel } from '../../src/models/catalog/manifest.ts'
import { defaults } from './defaults.ts'

const MEGABYTE = 1024 * 1024

function model(id: string, megabytes: number, more: Partial<CatalogModel> = {}): CatalogModel {
  return {
    id,
    aliases: [],
    task: 'embed',
    repo: `owner/${id}`,
    revision: '0'.repeat(40),
    files: [{ path: 'model.onnx', bytes: megabytes * MEGABYTE, sha256: '0'.repeat(64) }],
    graph: 'model.onnx',
    tokenizer: 'tokenizer.json',
    precision: 'int8',
    dimensions: 8,
    matryoshka: [],
    maxTokens: 128,
    pooling: 'mean',
    normalize: true,
    specialTokens: true,
    dropUnknown: false,
    prompts: {},
    similarity: 'cosine',
    license: 'MIT',
    languages: ['en'],
    canaries: [],
    ...more,
  } as CatalogModel
}

const models = [
  model('jobs-static', 10, { repo: 'serverless-embeddings/jobs-static' }),
  model('small', 30),
  model('large', 560),
  model('unknown', 1, { files: [{ path: 'model.onnx' }] }),
]

function factsOf(
  stage: string,
  changes: Readonly<Record<string, string>>,
  facts: Partial<Facts> = {},
): Facts {
  return {
    node: '24.4.0',
    processor: 'arm64',
    compiled: undefined,
    service: 'embeddings',
    stage,
    given: parametersFor(defaults, stage, changes),
    findModel(name) {
      const found = models.find(({ id }) => id === name)
      if (!found) throw new AppError('unknown_model', `The catalog has no model "${name}".`)
      return found
    },
    isPulled: ({ id }) => id !== 'large',
    generators: () => [],
    unproven: () => undefined,
    unprovenHere: [],
    runtimeBytes: () => 25 * MEGABYTE,
    functionBytes: MEGABYTE,
    missing: () => undefined,
    identity: undefined,
    ...facts,
  }
}

function notGood(facts: Facts): string[] {
  return diagnose(facts)
    .filter(({ level }) => level !== 'good')
    .map(({ level, text }) => `${level}: ${text}`)
}

const TOPIC = { alarmTopic: 'arn:aws:sns:us-east-1:123456789012:alarms' }

test('finds nothing wrong with the defaults on the right machine', () => {
  expect(notGood(factsOf('prod', TOPIC))).toEqual([])
})

test.each<[string, Record<string, string>, Partial<Facts>, RegExp[]]>([
  [
    'an old Node',
    {},
    { node: '20.18.0' },
    [/^problem: Node 20.18.0 is too old/, /^warning: Node 20.18.0 on arm64 compiles/],
  ],
  [
    'a Node between',
    {},
    { node: '23.1.0' },
    [/^problem: Node 23.1.0 is too old/, /^warning: Node 23.1.0 on arm64 compiles/],
  ],
  [
    'a Node other than that of the runtime',
    {},
    { node: '22.23.0' },
    [/^warning: Node 22.23.0 on arm64 compiles .* the functions have arm64 and nodejs24.x: it is left out/],
  ],
  [
    'a processor other than that of the functions',
    {},
    { processor: 'x64' },
    [/^warning: Node 24.4.0 on x64 compiles .* the functions have arm64/],
  ],
  ['the older runtime, and its Node', { runtime: 'nodejs22.x' }, { node: '22.23.0' }, []],
  [
    'what nobody knows for whom it was compiled',
    { build: 'false' },
    {},
    [/^warning: Nobody noted for what dist/],
  ],
  ['nobody to hear', { alarmTopic: 'none' }, {}, [/^warning: Nobody hears of alarms/]],
  ['logged texts', { logInputs: 'true' }, {}, [/^warning: Texts of callers are written to the log/]],
  [
    'wrong parameters',
    { embedMemory: '1', tracing: 'yes' },
    {},
    [/^problem: .*embedMemory/, /^problem: .*tracing/],
  ],
  ['contradictions', { auth: 'none' }, {}, [/^problem: auth=none would open/]],
  [
    'an unknown model',
    { defaultModel: 'smal' },
    {},
    [/^problem: defaultModel=smal: The catalog has no model/],
  ],
  ['an unknown alias target', { modelAliases: 'fast=smal' }, {}, [/^problem: modelAliases=fast=smal: /]],
  [
    'a model in no source',
    { defaultModel: 'small' },
    {},
    [/^problem: .*no source has small; the layer has jobs-static/],
  ],
  ['a model of ours on the hub', { modelSources: 'hf:' }, {}, [/^problem: .*no source has jobs-static/]],
  [
    'a layer that is no source',
    { layerModels: 'small', modelSources: 's3://ours', defaultModel: 'small' },
    {},
    [],
  ],
  [
    'a model that was not pulled, and too large for a layer',
    { layerModels: 'large', defaultModel: 'large', matchMemory: '3008' },
    {},
    [
      /^problem: layerModels=large: large is not here; run "npm run models -- pull large"/,
      /^problem: A function with its layers would have 586 of 250 MB \(large 560 MB\)/,
    ],
  ],
  [
    'a model too large for the memory of one function',
    { modelBucket: 'create', preload: 'large', matchMemory: '2048' },
    {},
    [/^problem: large takes about 1120 MB; matchMemory=2048 leaves 1069 MB to models; raise it/],
  ],
  [
    'a model too large for /tmp',
    { modelBucket: 'create', preload: 'large', matchMemory: '3008', batchStorage: '512' },
    {},
    [/^problem: large has 560 MB, more than \/tmp: batchStorage=512/],
  ],
  [
    'a model that nobody knows the size of',
    { modelSources: 'hf:', defaultModel: 'unknown' },
    {},
    [/^warning: unknown was never pulled/],
  ],
  [
    'an unknown runtime',
    {},
    { runtimeBytes: () => undefined },
    [/^problem: The ONNX runtime for linux\/arm64/],
  ],
  [
    'nothing built',
    { build: 'false' },
    { missing: () => 'dist/embed.js is not built.' },
    [/^problem: dist\/embed/, /^warning: Nobody noted/],
  ],
  ['all built', { build: 'false' }, { compiled: { processor: 'arm64', node: '24.9.1' } }, []],
  [
    'a hub beyond a VPC',
    { vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a', modelSources: '/opt/models,hf:' },
    {},
    [
      /^warning: The subnets need endpoints of s3 \(of kind gateway, free\), sqs, or a NAT/,
      /^warning: Models come from outside the VPC \(hf:\)/,
    ],
  ],
  [
    'a token that a VPC keeps away',
    { vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a', auth: 'token', tokenSource: 'secret:ours' },
    {},
    [/^warning: The subnets need endpoints of s3 .*, sqs, secretsmanager, or a NAT/],
  ],
  [
    'a database in a VPC',
    {
      ...{ vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a', collectionsPasswordSource: 'ssm:/people' },
      collections: 'postgres://me@10.0.0.7:5433/people',
    },
    {},
    [
      /^warning: The subnets need endpoints of s3 .*, sqs, ssm, or a NAT/,
      /^warning: Nobody looked whether vpcSecurityGroups reach 10.0.0.7: .* has to let port 5433 in/,
      /^warning: Each instance .* match without an end \(matchReserved\), jobs up to 110 \(batchConcurrency/,
    ],
  ],
  [
    'a database behind its proxy',
    {
      ...{ vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a', collectionsPasswordSource: 'secret:people' },
      collections: 'postgres://me@p.proxy-0a.us-east-1.rds.amazonaws.com/people',
    },
    {},
    [/endpoints of s3 .*, sqs, secretsmanager, or/, /has to let port 5432 in from them/],
  ],
  [
    'a database of RDS that strangers reach, in the clear',
    {
      ...{ matchReserved: '20', collectionsPasswordSource: 'secret:people' },
      collections: 'postgres://me@p.0a.us-east-1.rds.amazonaws.com/people?sslmode=disable',
    },
    {},
    [
      /^warning: p.0a.*amazonaws.com answers to the functions only if it is publicly accessible/,
      /match up to 20 \(matchReserved\)/,
      /^warning: sslmode=disable lets anybody on the way/,
    ],
  ],
  [
    'a vector bucket seen from a VPC',
    { vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a', collections: 's3vectors://people/jobs' },
    {},
    [/endpoints of s3 .*, sqs, s3vectors, or a NAT/],
  ],
  [
    'no credentials',
    {},
    { identity: { problem: 'none found.' } },
    [/^problem: AWS does not know who deploys: none found/],
  ],
  ['credentials', {}, { identity: { account: '123456789012' } }, []],
])('finds what is wrong with a deployment: %s', (_, changes, facts, expected) => {
  const found = notGood(factsOf('prod', { ...TOPIC, ...changes }, facts))
  expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
})

test('says where dev keeps its token, and when it is open', () => {
  const texts = diagnose(factsOf('dev', {})).map(({ text }) => text)
  expect(texts).toContain(
    'The deployment makes a token for callers, and keeps it as ssm:/embeddings/dev/token',
  )
  expect(notGood(factsOf('dev', { auth: 'none' }))).toEqual([
    'warning: The stage dev is open to everyone (auth=none).',
  ])
})

test('names an alias of this deployment by what it leads to', () => {
  const texts = diagnose(
    factsOf('prod', { layerModels: 'small', modelAliases: 'fast=small', defaultModel: 'fast' }),
  )
  expect(texts.map(({ text }) => text)).toContain('defaultModel=fast: small comes from the layer')
})

test('prints problems below what is in order, where they are seen', () => {
  const lines = describeFindings(diagnose(factsOf('prod', { auth: 'none' }))).split('\n')
  expect(lines.at(-1)).toMatch(/^PROBLEM {2}auth=none/)
})

test.each([
  [['--stage', 'dev'], 0, 'Ready to deploy.'],
  [['--stage', 'prod', '--param', 'auth=none'], 1, '1 to solve before a deployment.'],
])('npm run doctor %o ends with %i', (options, status, line) => {
  const root = join(import.meta.dirname, '../..')
  const run = spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/doctor.ts', ...options], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run.stdout).toContain(line)
  expect(run.status).toBe(status)
})
