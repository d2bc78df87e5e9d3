import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { OPEN_ROUTES } from '../../scripts/deploy/routes.ts'
import { freePort } from '../../scripts/servers/free-port.ts'
import { createTestApp, get } from '../support/http.ts'
import { provenReport } from '../support/judge-report.ts'
import { startAwsDouble } from './aws-double.ts'
import { mutate, mutations } from './mutations.ts'
import { createCheckout, type Packed } from './packages.ts'
import { findViolations, RULES } from './rules/rules.ts'
import { at, type Expectations, type Template } from './rules/template.ts'
import { describeMargins, findExcess, sizesOf } from './sizes.ts'

interface OpenApi {
  readonly paths: Record<string, Record<string, { readonly security: readonly object[] }>>
}

const document = (await (await createTestApp().fetch(get('/openapi.json'))).json()) as OpenApi
const described = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { security }]) => ({
    route: `${method.toUpperCase()} ${path}`,
    open: security.length === 0,
  })),
)
const expectations: Expectations = {
  routes: described.map(({ route }) => route),
  openRoutes: described.filter(({ open }) => open).map(({ route }) => route),
}

/** Where conversations are a route of the API. */
const withChats = { ...expectations, routes: [...expectations.routes, 'POST /v1/chat/completions'] }

const checkout = createCheckout('arm64')
afterAll(() => checkout.remove())
checkout.write('judge-reports/judge.json', provenReport())

const PREBUILT = ['--param', 'build=false', '--param', 'architecture=arm64']
const EVERYTHING = {
  auth: 'jwt',
  jwtIssuer: 'https://issuer.example.com',
  jwtAudience: 'embeddings,matches',
  corsOrigins: 'https://example.com',
  modelSources: '/opt/models,/mnt/models,s3://weights/models,hf:',
  modelBucket: 'create',
  dataBucket: 'a-bucket-of-ours',
  train: 'true',
  generate: 'true',
  generateDoor: 'api',
  generateTimeout: '29',
  preload: 'jobs-static',
  embedReserved: '20',
  embedProvisioned: '2',
  tracing: 'true',
  alarmTopic: 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:alarms',
  vpcSubnets: 'subnet-0a,subnet-0b',
  vpcSecurityGroups: 'sg-0a',
  efsFileSystem: 'fs-0a',
  efsAccessPoint: 'fsap-0a',
  collections:
    'postgres://me@people.cluster-0a.us-gov-west-1.rds.amazonaws.com/people?sslrootcert=/var/runtime/ca-cert.pem',
  collectionsPasswordSource: 'secret:rds!cluster-0a',
  collectionsPasswordKey: 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/0a-0b',
  judge: 'someone/judge',
  generateEndpoint: 'https://llm.example/v1',
  generateModels: 'someone/chat',
  generateKeySource: 'ssm:/llm/key',
  judgeReport: 'judge-reports/judge.json',
}

function packed(stage: string, parameters?: Readonly<Record<string, string>>): Packed {
  const result = checkout.pack(stage, parameters)
  expect(result.output).toContain('Service packaged')
  expect(result.status).toBe(0)
  return result
}

describe('serverless package, without network or credentials', () => {
  const dev = packed('dev')
  const template = dev.template()
  const artifacts = dev.artifacts()
  checkout.lighten()
  checkout.noteCompiled({ processor: 'arm64', node: '24.4.1' })
  const prod = packed('prod', { ...EVERYTHING, region: 'us-gov-west-1' })
  const everything = prod.template()
  const fitting = prod.artifacts()
  const china = { auth: 'token', tokenSource: 'ssm:/embeddings/token', region: 'cn-north-1' }
  const learning = packed('prod', { ...china, train: 'true', generate: 'true' })
  const token = learning.template()

  test('keeps every rule in each stage', () => {
    expect(findViolations(template, expectations)).toEqual([])
    expect(findViolations(everything, withChats)).toEqual([])
    expect(findViolations(token, expectations)).toEqual([])
  })

  test('has nothing that learns unless it is asked for, and then the whole of it', () => {
    const named = (of: Template) => Object.keys(of.Resources).filter((id) => /train/i.test(id))
    expect(named(template)).toEqual([])
    expect(named(token)).toEqual(
      expect.arrayContaining(['TrainLambdaFunction', 'TrainRole', 'TrainQueue', 'TrainDeadLetters']),
    )
    expect(token.Resources.TrainLambdaFunction!.Properties).toMatchObject({
      Handler: 'dist/train.handler',
      MemorySize: 3538,
      Timeout: 900,
    })
    const notified = at(token.Resources.DataBucket!.Properties, 'NotificationConfiguration')
    expect(JSON.stringify(notified)).toContain('{"Name":"suffix","Value":"/learn.json"}')
    expect(learning.artifacts().functions.train!.map(({ path }) => path)).toContain('dist/train.js')
  })

  test('has no language models unless they are asked for, and then their runtime in their own function', () => {
    const named = (of: Template) => Object.keys(of.Resources).filter((id) => /generate/i.test(id))
    expect(named(template)).toEqual([])
    expect(named(token)).toEqual(
      expect.arrayContaining(['GenerateLambdaFunction', 'GenerateLambdaFunctionUrl', 'GenerateRole']),
    )
    expect(token.Resources.GenerateLambdaFunction!.Properties).toMatchObject({
      Handler: 'dist/generate.streaming',
      MemorySize: 3538,
      EphemeralStorage: { Size: 2048 },
      ReservedConcurrentExecutions: 5,
    })
    const { Properties } = token.Resources.GenerateLambdaFunctionUrl!
    expect([at(Properties, 'AuthType'), at(Properties, 'InvokeMode')]).toEqual(['NONE', 'RESPONSE_STREAM'])
    expect(named(everything)).not.toContain('GenerateLambdaFunctionUrl')
    const { functions } = learning.artifacts()
    const packedOf = (name: string) => functions[name]!.map(({ path }) => path)
    const runtime = 'layers/llm/node_modules/@node-llama-cpp/linux-arm64/package.json'
    expect(packedOf('generate')).toEqual(
      expect.arrayContaining(['dist/generate.js', 'dist/llama.js', 'dist/package.json', runtime]),
    )
    for (const other of ['embed', 'match', 'batch', 'split', 'train'])
      expect(packedOf(other).filter((path) => /llm|llama|generate/.test(path))).toEqual([])
  })

  test('opens the routes that openapi.json calls open', () => {
    expect([...OPEN_ROUTES].sort()).toEqual([...expectations.openRoutes].sort())
  })

  test('has a mutation for every rule', () => {
    expect(Object.keys(mutations).sort()).toEqual(RULES.map(({ sentence }) => sentence).sort())
  })

  test.each(Object.entries(mutations))('notices when it breaks: %s', (sentence, change) => {
    const broken = findViolations(mutate(everything, change), withChats)
    expect(broken.filter((violation) => violation.startsWith(sentence))).not.toEqual([])
  })

  test('packs the files that were built, within the limits of Lambda', () => {
    const sizes = sizesOf(artifacts)
    console.log(describeMargins(sizes))
    expect(findExcess(sizes)).toEqual([])
    const packedOf = (all: typeof artifacts) => all.functions.embed!.map(({ path }) => path).sort()
    expect(packedOf(fitting)).toEqual(
      expect.arrayContaining(['dist/embed.bundle.js', 'dist/embed.bundle.js.cache', 'dist/embed.js']),
    )
    // What the build of a test compiled ahead is for the processor of this machine.
    expect(packedOf(artifacts).includes('dist/embed.bundle.js.cache')).toBe(
      process.arch === 'arm64' && process.versions.node.startsWith('24.'),
    )
    expect(packedOf(artifacts)).toContain('dist/embed.bundle.js')
    const models = artifacts.layers.models!.map(({ path }) => path)
    expect(models.filter((path) => !path.startsWith('models/'))).toEqual([])
    const runtime = artifacts.layers.onnxruntime!.map(({ path }) => path)
    expect(runtime.filter((path) => path.endsWith('.node'))).toEqual([
      expect.stringMatching(/^nodejs\/node_modules\/onnxruntime-node\/bin\/napi-v\d\/linux\/arm64\//),
    ])
  })

  test('refuses to open a stage other than dev to everyone', () => {
    const { status, output } = checkout.pack('prod', { auth: 'none' })
    expect(output).toContain('auth=none would open the stage prod to everyone; choose token, jwt or iam.')
    expect(status).toBe(1)
  })

  test('refuses a judge of the default that no report proves, before anything is built', () => {
    const judge = { judge: 'judge', generateEndpoint: 'https://llm.example/v1', judgeReport: 'none' }
    const { status, output } = checkout.pack('prod', { ...judge, build: 'true' })
    expect(output).toContain('judge=judge is not proven to rank any better: judgeReport names no report')
    expect(output).toContain(
      'Measure it on your own pairs by "npm run evaluate -- --judge judge --pairs <file>"',
    )
    expect(output).not.toMatch(/^ +at |Running scripts/m)
    expect(status).toBe(1)
  })

  test('refuses a parameter that there is not, once, without a stack', () => {
    const { status, output } = checkout.pack('dev', { embedMemroy: '512' })
    expect(output.match(/There is no parameter embedMemroy; did you mean "embedMemory"/g)).toHaveLength(1)
    expect(output).not.toMatch(/^ +at /m)
    expect(status).toBe(1)
  })
})

/** The tool is started several times, on a machine that may be busy. */
const PATIENCE_MS = 600_000

describe('the way to AWS and back', { timeout: PATIENCE_MS }, () => {
  test('serverless deploy uploads what was packed, and serverless remove takes it away', async () => {
    const aws = await startAwsDouble()
    onTestFinished(() => aws.close())
    const environment = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'hidden',
      SLS_AWS_MONITORING_FREQUENCY: '50',
    }
    const deploy = checkout.start(['deploy', ...PREBUILT], environment)
    expect([await deploy.ended, deploy.output()]).toEqual([
      0,
      expect.stringContaining('POST - https://api.example/embed'),
    ])
    expect(aws.actions.filter((action) => action === 'ExecuteChangeSet')).toHaveLength(2)
    const uploaded = Array.from(aws.objects.keys(), (key) => key.slice(key.lastIndexOf('/') + 1)).sort()
    expect(uploaded).toEqual([
      ...['batch.zip', 'compiled-cloudformation-template.json', 'embed.zip', 'match.zip', 'models.zip'],
      ...['onnxruntime.zip', 'serverless-state.json', 'split.zip'],
    ])
    // The token of the stage is made, kept as a secret, and shown by a command alone.
    const name = '/serverless-embeddings/dev/token'
    const { Type, Value } = aws.parameters.get(name)!
    expect([Type, Value]).toEqual(['SecureString', expect.stringMatching(/^[0-9a-f]{64}$/)])
    expect(deploy.output()).toContain(
      `aws ssm get-parameter --region us-east-1 --with-decryption --name ${name} --query`,
    )
    expect(deploy.output()).not.toContain(Value)
    expect(aws.bodies.join('\n')).not.toContain(Value)

    const remove = checkout.start(['remove', ...PREBUILT], environment)
    expect([await remove.ended, remove.output()]).toEqual([
      0,
      expect.stringContaining('successfully removed'),
    ])
    expect(aws.objects.size).toBe(0)
    expect(aws.parameters.size).toBe(0)
    expect(aws.actions).toContain('DeleteStack')
  })

  test('serverless offline serves vectors on this machine', async () => {
    const port = String(await freePort())
    const offline = checkout.start(['offline', ...PREBUILT, '--httpPort', port, '--lambdaPort', '0'])
    onTestFinished(() => {
      offline.process.kill('SIGKILL')
    })
    await expect.poll(offline.output, { timeout: PATIENCE_MS }).toContain('Server ready')
    const response = await fetch(`http://localhost:${port}/embed`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: 'data engineer' }),
    })
    expect(await response.json()).toMatchObject({ model: 'jobs-static-2', dimensions: 256 })
  })
})
