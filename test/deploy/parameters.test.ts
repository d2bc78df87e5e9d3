import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findContradictions } from '../../scripts/deploy/contradictions.ts'
import { parametersFor, readDefaults } from '../../scripts/deploy/defaults.ts'
import { PARAMETER_NAMES, readParameters } from '../../scripts/deploy/parameters.ts'
import { planDeployment } from '../../scripts/deploy/plan.ts'
import { defaults, parametersOf } from './defaults.ts'

const contradictionsOf = (stage: string, changes: Readonly<Record<string, string>>) =>
  findContradictions({ service: 'embeddings', stage, parameters: parametersOf(stage, changes) })

test('serverless.yml has a default for every parameter, and nothing else', () => {
  expect(Object.keys(defaults.default!)).toEqual(PARAMETER_NAMES)
})

test.each(['dev', 'prod', 'staging'])('the defaults of the stage %s agree', (stage) => {
  expect(contradictionsOf(stage, {})).toEqual([])
})

const readPage = (page: string) => readFileSync(join(import.meta.dirname, '../..', page), 'utf8')

test.each([
  'scripts/deploy/README.md',
  ...['deploy', 'not-verified'].flatMap((page) => [`docs/${page}.md`, `docs/${page}.zh-CN.md`]),
])('%s gives parameters the values that they may have', (page) => {
  const given = [...readPage(page).matchAll(/\b(\w+)=([^\s"`<>…（）|,;:.)]+(?::[^\s"`<>…]+)?)/g)]
  const parameters = given.filter(([, name]) => PARAMETER_NAMES.some((known) => known === name))
  const refused = parameters.flatMap(([text, name, value]) => {
    try {
      readParameters(parametersFor(defaults, 'prod', { [name!]: value! }))
      return []
    } catch {
      return [text]
    }
  })
  expect(parameters.length).toBeGreaterThan(0)
  expect(refused).toEqual([])
})

test('scripts/deploy/README.md is read in one go', () => {
  expect(readPage('scripts/deploy/README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200)
})

test('scripts/deploy/README.md has every parameter with its default', () => {
  const text = readFileSync(join(import.meta.dirname, '../../scripts/deploy/README.md'), 'utf8')
  const documented = [...text.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(([, name, value]) => [
    name,
    value,
  ])
  expect(Object.fromEntries(documented)).toEqual(defaults.default)
})

test.each([
  ['region', 'Frankfurt', 'a region such as eu-central-1'],
  ['architecture', 'arm', 'one of arm64, x64'],
  ['embedMemory', '64', 'a whole number from 128 to 10240'],
  ['embedMemory', '1e3', 'a whole number'],
  ['embedTimeout', '30', 'a whole number from 1 to 29'],
  ['embedReserved', 'many', 'a whole number from 0 to 10000, or none'],
  ['logRetention', '10', 'one of 1, 3, 5, 7'],
  ['tracing', 'yes', 'true or false'],
  [
    'modelSources',
    'ftp://models',
    'directories, s3://bucket/prefix, https://host/prefix or hf:, with commas between',
  ],
  ['modelAliases', 'fast', 'alias=model, with commas between, or none'],
  ['tokenSource', 'vault:/token', 'ssm:/name/of/parameter or secret:name or the word generate, or none'],
  ['tokenKey', 'alias/key', 'the ARN of a KMS key, or none'],
  ['jwtIssuer', 'http://issuer', 'the https address of an issuer, or none'],
  ['corsOrigins', 'example.com', '* or origins such as https://example.com, with commas between, or none'],
  ['alarmTopic', 'topic', 'the ARN of an SNS topic, or none'],
  ['dataBucket', 'A', 'the word create or the name of a bucket'],
  ['dataBucket', 'our..files', 'the word create or the name of a bucket'],
  ['modelBucket', 'our.-files', 'the word create or the name of a bucket'],
  ['dataBucket', '192.168.1.1', 'the word create or the name of a bucket'],
  ['collectionsPasswordSource', 'generate', 'ssm:/name/of/parameter or secret:name, or none'],
  ['vpcSubnets', 'subnet-0a,sg-0b', 'ids of subnets, with commas between, or none'],
])('refuses %s=%s with a sentence', (name, value, expected) => {
  const given = parametersFor(defaults, 'prod', { [name]: value })
  expect(() => readParameters(given)).toThrow(`The parameter ${name} is "${value}"; expected ${expected}`)
})

test('names all that is wrong at once, and what an unknown name may mean', () => {
  const given = { ...defaults.default, embedMemory: '1', embedMemry: '512', tracing: undefined }
  const refused = () => readParameters(given)
  expect(refused).toThrow('There is no parameter embedMemry; did you mean "embedMemory"')
  expect(refused).toThrow('The parameter embedMemory is "1"')
  expect(refused).toThrow('The parameter tracing is ""; expected true or false')
})

test('any whole number within the bounds of a parameter is read as it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 128, max: 10_240 }), (memory) => {
      expect(parametersOf('dev', { embedMemory: String(memory) }).embedMemory).toBe(memory)
    }),
  )
})

const NETWORK = { vpcSubnets: 'subnet-0a', vpcSecurityGroups: 'sg-0a' }
const MOUNT = { efsFileSystem: 'fs-0a', efsAccessPoint: 'fsap-0a' }

test.each<[string, Record<string, string>, RegExp | undefined]>([
  ['dev', { auth: 'none' }, undefined],
  ['prod', { auth: 'none' }, /would open the stage prod to everyone/],
  ['staging', { auth: 'none' }, /would open the stage staging/],
  ['prod', { auth: 'token' }, /auth=token needs tokenSource/],
  ['prod', { auth: 'token', tokenSource: 'ssm:/token' }, undefined],
  ['prod', { auth: 'token', tokenSource: 'generate' }, undefined],
  ['dev', { auth: 'iam' }, undefined],
  ['prod', { auth: 'iam', tokenSource: 'ssm:/token' }, /of use with auth=token only/],
  ['prod', { auth: 'jwt', jwtIssuer: 'https://issuer' }, /auth=jwt needs jwtIssuer and jwtAudience/],
  ['prod', { auth: 'jwt', jwtIssuer: 'https://issuer', jwtAudience: 'a' }, undefined],
  ['prod', { jwtAudience: 'a' }, /of use with auth=jwt only/],
  ['prod', { embedProvisioned: '3', embedReserved: '2' }, /embedProvisioned=3 is more than embedReserved=2/],
  ['prod', { matchProvisioned: '3', matchReserved: '2' }, /matchProvisioned=3 is more/],
  ['prod', { embedProvisioned: '2', embedReserved: '2' }, undefined],
  ['prod', { batchReserved: '5' }, /batchConcurrency=10 is more than batchReserved=5/],
  ['prod', { generate: 'true' }, undefined],
  ['dev', { generate: 'true', auth: 'none' }, /auth=none would let everyone have a language model work/],
  ['prod', { generate: 'true', generateReserved: 'none' }, /has no limit of requests; give generateReserved/],
  ['prod', { generate: 'true', generateDoor: 'api' }, /generateDoor=api answers within 29 s/],
  ['prod', { generate: 'true', generateDoor: 'api', generateTimeout: '29' }, undefined],
  ['prod', { generateDoor: 'api', generateReserved: 'none' }, undefined],
  ['prod', { splitReserved: '50' }, /splitConcurrency=100 is more than splitReserved=50/],
  ['prod', { splitReserved: '50', splitConcurrency: '50' }, undefined],
  [
    'prod',
    { region: 'cn-north-1', alarmTopic: 'arn:aws:sns:us-east-1:123456789012:alarms' },
    /alarmTopic is in the partition aws, and the region cn-north-1 in aws-cn/,
  ],
  [
    'prod',
    { alarmTopic: 'arn:aws:sns:eu-west-1:123456789012:alarms' },
    /^alarmTopic is in eu-west-1, and the stack in us-east-1; give one of that region/,
  ],
  [
    'prod',
    { dataKey: 'arn:aws:kms:eu-west-1:123456789012:key/0a' },
    /^dataKey is in eu-west-1, and the stack in/,
  ],
  [
    'prod',
    { auth: 'token', tokenSource: 'ssm:ours/token' },
    /which Systems Manager refuses; give ssm:\/ours\/token/,
  ],
  ['prod', { auth: 'token', tokenSource: 'ssm:token' }, undefined],
  ['PROD', {}, /would name stack, queues and buckets embeddings-PROD-…; AWS takes lower-case letters/],
  ['v1.0', {}, /would name stack, queues and buckets embeddings-v1.0-…; AWS takes lower-case letters/],
  ['v1-0', {}, undefined],
  [
    'prod',
    { modelAliases: Array.from({ length: 300 }, (_, index) => `alias-${index}=m`).join(',') },
    /modelAliases has \d+ bytes; Lambda allows 4096 for the whole environment, which leaves 3072/,
  ],
  ['prod', { modelKey: 'arn:aws:kms:us-east-1:123456789012:key/0a' }, /modelKey is of use with models in a/],
  [
    'prod',
    { modelKey: 'arn:aws:kms:us-east-1:123456789012:key/0a', modelSources: '/opt/models,s3://ours' },
    undefined,
  ],
  ['prod', { rateLimit: '1', burstLimit: '5000' }, /burstLimit=5000 is far above rateLimit=1/],
  ['prod', { vpcSubnets: 'subnet-0a' }, /belong together/],
  [
    'prod',
    { ...NETWORK, efsFileSystem: 'fs-0a', modelSources: '/mnt/models' },
    /efsFileSystem and efsAccessPoint belong together/,
  ],
  ['prod', { ...MOUNT, modelSources: '/mnt/models' }, /reached from a VPC only/],
  ['prod', { ...MOUNT, ...NETWORK }, /never read; add \/mnt\/models to modelSources/],
  ['prod', { ...MOUNT, ...NETWORK, modelSources: '/opt/models,/mnt/models' }, undefined],
  ['prod', { modelSources: '/mnt/models' }, /no file system is mounted/],
  ['prod', { modelSources: '/home/models' }, /which a function does not have/],
  ['prod', { modelBucket: 'ours', dataBucket: 'ours' }, /are the same/],
  ['prod', { corsOrigins: '*,https://example.com' }, /corsOrigins has \* beside other origins/],
  [
    'a-stage-with-a-long-name',
    { region: 'ap-southeast-1' },
    /would name buckets with \d\d characters; S3 allows 63/,
  ],
])('%s with %o: %s', (stage, changes, expected) => {
  const found = contradictionsOf(stage, changes)
  if (expected) expect(found).toEqual([expect.stringMatching(expected)])
  else expect(found).toEqual([])
})

test('a deployment with contradictions is refused with all of them', () => {
  const given = parametersFor(defaults, 'prod', { auth: 'token', vpcSubnets: 'subnet-0a' })
  expect(() => planDeployment('embeddings', 'prod', given)).toThrow(
    /^The parameters of the stage prod contradict each other:\nauth=token needs .*\nvpcSubnets and /,
  )
})

test.each([
  ['', 'serverless.yml has no parameters'],
  ['params:\n  default:\n    region: [a, b]\n', 'params.default.region is not a single value'],
  ['params:\n  default:\n    region:\n', 'params.default.region is not a single value'],
  ['params:\n    region: a\n', 'params.region is not a list of "name: value"'],
  ['params: [a', 'Flow sequence'],
])('the settings file %j is refused', (text, message) => {
  expect(() => readDefaults(text)).toThrow(message)
})

test('parameters are read as text, whatever they look like', () => {
  const text =
    "service: a\nparams:\n  default: # all stages\n    memory: 1769 # MB\n    build: true\n    name: 'two words'\n"
  expect(readDefaults(text)).toEqual({ default: { memory: '1769', build: 'true', name: 'two words' } })
})
