import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfig, readProcessConfig } from '../src/config.ts'
import type { Environment } from '../src/settings.ts'

const machine = { memoryBytes: 8e9, processors: 4, root: '/app' }
const lambda = (megabytes: number): Environment => ({
  AWS_LAMBDA_FUNCTION_NAME: 'embed',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(megabytes),
})

test('reads the environment of this process and the size of this machine', () => {
  const { modelSources, threads, modelBudgetBytes } = readProcessConfig('/app')
  const usual = ['/app/layers/models', '/app/models']
  expect(modelSources).toEqual(process.env.MODEL_SOURCES ? [process.env.MODEL_SOURCES] : usual)
  expect(threads).toBeGreaterThanOrEqual(1)
  expect(modelBudgetBytes).toBeGreaterThan(1e6)
})

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'hidden', sessionToken: 'session' }
/** What AWS gives to every function. */
const OF_AWS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
}

test('without any setting it serves the model that ships on the machine at hand', () => {
  expect(readConfig({}, machine)).toEqual({
    doubts: [],
    port: 3000,
    host: '127.0.0.1',
    modelSources: ['/app/layers/models', '/app/models'],
    modelCache: join(tmpdir(), 'models'),
    modelCacheBytes: 10 * 1024 ** 3,
    s3Endpoint: undefined,
    sqsEndpoint: undefined,
    hubEndpoint: 'https://huggingface.co',
    hubToken: undefined,
    modelCatalog: undefined,
    modelAliases: {},
    collections: undefined,
    collectionBudgetBytes: 3.2e9,
    defaultModel: 'jobs-static',
    preloadModels: [],
    authToken: undefined,
    authTokens: [],
    keepAliveSeconds: 75,
    headerSeconds: 15,
    bodySeconds: 60,
    maxConnections: 1000,
    drainSeconds: 5,
    graceSeconds: 30,
    accessLog: false,
    corsOrigins: [],
    modelBudgetBytes: 8e9 - 160 * 1024 * 1024,
    threads: 4,
    tokenBudget: 512,
    maxBodyBytes: 6 * 1024 * 1024,
    maxInputs: 2048,
    maxResponseBytes: 64 * 1024 * 1024,
    workers: 1,
    queueLimit: 64,
    generateModels: [],
    generateEndpointAllow: [],
    llmThreads: 4,
    llmContext: 4096,
    llmChunk: 64,
    llmQueue: 8,
    llmTimeoutMs: 300_000,
    judgeTop: 10,
    judgeWeight: 0.25,
    judgeTokens: 300,
    judgeCache: 10_000,
    judgeReport: undefined,
    splitBytes: Number.MAX_SAFE_INTEGER,
    rangeBytes: 64 * 1024 * 1024,
    mostAttempts: 5,
    filesBytes: 10 * 1024 ** 3,
    fileBytes: 512 * 1024 ** 2,
    filesDays: 30,
    trainJobs: false,
    queueUrl: undefined,
    queueConcurrency: 2,
    visibilitySeconds: 60,
    runLimitMs: 60_000,
    memoryMegabytes: 7076,
    usdPerGigabyteSecond: 0.0000166667,
    logInputs: false,
    functionName: 'local',
  })
})

test('knows the price of either processor', () => {
  const price = (architecture: string) => readConfig({}, { ...machine, architecture }).usdPerGigabyteSecond
  expect(price('arm64')).toBeLessThan(price('x64'))
})

test('in Lambda it reads models from the layer and keeps to the limits of the function', () => {
  expect(readConfig(lambda(2048), machine)).toMatchObject({
    modelSources: ['/opt/models'],
    modelBudgetBytes: (2048 - 160) * 1024 ** 2,
    maxResponseBytes: 6_291_556,
    functionName: 'embed',
  })
})

test.each([
  [128, 1],
  [1769, 1],
  [2653, 1],
  [2654, 2],
  [3538, 2],
  [10_240, 6],
])('in Lambda with %i MB it uses %i threads', (megabytes, threads) => {
  expect(readConfig(lambda(megabytes), machine).threads).toBe(threads)
})

test.each([
  [{ PORT: '0' }, { port: 0 }],
  [{ LOG_INPUTS: 'true' }, { logInputs: true }],
  [{ LOG_INPUTS: 'false' }, { logInputs: false }],
  [{ PORT: ' 8080 ' }, { port: 8080 }],
  [{ PORT: '' }, { port: 3000 }],
  [{ HOST: '::' }, { host: '::' }],
  [{ BASE_PATH: '/a/b/' }, { basePath: '/a/b' }],
  [{ BASE_PATH: '/' }, { basePath: undefined }],
  [{ MODEL_SOURCES: '/opt/models, /mnt/models,' }, { modelSources: ['/opt/models', '/mnt/models'] }],
  [
    { MODEL_SOURCES: '/mnt/models,s3://my-bucket/models,hf:' },
    { modelSources: ['/mnt/models', 's3://my-bucket/models', 'hf:'] },
  ],
  [{ MODEL_CACHE: '/mnt/cache' }, { modelCache: '/mnt/cache' }],
  [{ MODEL_CACHE_BYTES: '5000000' }, { modelCacheBytes: 5_000_000 }],
  [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9000' }, { s3Endpoint: 'http://127.0.0.1:9000' }],
  [{ AWS_ENDPOINT_URL: 'http://one', AWS_ENDPOINT_URL_S3: 'http://other' }, { s3Endpoint: 'http://other' }],
  [{ AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9324' }, { sqsEndpoint: 'http://127.0.0.1:9324' }],
  [{ SPLIT_BYTES: '1000000000' }, { splitBytes: 1e9 }],
  [{ RANGE_BYTES: '1000' }, { rangeBytes: 1000 }],
  [{ MOST_ATTEMPTS: '3' }, { mostAttempts: 3 }],
  [{ FILES: '/data/../files' }, { files: '/files' }],
  [
    { FILES_BYTES: '1000', FILE_BYTES: '100', FILES_DAYS: '7' },
    { filesBytes: 1000, fileBytes: 100, filesDays: 7 },
  ],
  [{ HF_ENDPOINT: 'https://hf-mirror.com' }, { hubEndpoint: 'https://hf-mirror.com' }],
  [{ HF_TOKEN: 'hf_abc' }, { hubToken: 'hf_abc' }],
  [{ MODEL_CATALOG: 'more.json' }, { modelCatalog: 'more.json' }],
  [{ DEFAULT_MODEL: 'large' }, { defaultModel: 'large' }],
  [{ PRELOAD_MODELS: 'large,fast' }, { preloadModels: ['large', 'fast'] }],
  [{ AUTH_TOKEN: 't0ken' }, { authToken: 't0ken' }],
  [
    { ...OF_AWS, AUTH_TOKEN_SOURCE: 'ssm:/token' },
    {
      authTokenPlace: {
        kind: 'ssm',
        name: '/token',
        region: 'eu-central-1',
        endpoint: undefined,
        credentials,
      },
    },
  ],
  [
    { ...OF_AWS, AUTH_TOKEN_SOURCE: 'secret:token', AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://one' },
    {
      authTokenPlace: {
        kind: 'secret',
        name: 'token',
        region: 'eu-central-1',
        endpoint: 'http://one',
        credentials,
      },
    },
  ],
  [{ MODEL_BUDGET_BYTES: '1000' }, { modelBudgetBytes: 1000 }],
  [{ THREADS: '2' }, { threads: 2 }],
  [{ ...lambda(10_240), THREADS: '1' }, { threads: 1 }],
  [{ TOKEN_BUDGET: '1024' }, { tokenBudget: 1024 }],
  [{ MAX_BODY_BYTES: '10' }, { maxBodyBytes: 10 }],
  [{ MAX_INPUTS: '10' }, { maxInputs: 10 }],
  [{ MAX_RESPONSE_BYTES: '10' }, { maxResponseBytes: 10 }],
  [
    { WORKERS: '2', QUEUE_LIMIT: '0' },
    { workers: 2, queueLimit: 0 },
  ],
])('%o changes %o and nothing else', (environment: Environment, changes) => {
  const before = readConfig('AWS_LAMBDA_FUNCTION_NAME' in environment ? lambda(10_240) : {}, machine)
  expect(readConfig(environment, machine)).toEqual({ ...before, ...changes })
})

test.each([
  ['PORT', '65536', 'is "65536"; expected a whole number from 0 to 65535; correct or unset it.'],
  ['PORT', 'http', 'is "http"; expected a whole number'],
  ['LOG_INPUTS', 'yes', 'is "yes"; expected true or false'],
  ['PORT', '-1', 'is "-1"; expected a whole number'],
  ['THREADS', '1.5', 'is "1.5"; expected a whole number'],
  ['THREADS', '0', 'is "0"; expected a whole number from 1 to 256'],
  ['WORKERS', '1e2', 'is "1e2"'],
  ['MODEL_SOURCES', '/opt,ftp://bucket/models', 'has "ftp://bucket/models"; expected directories, s3://'],
  [
    'MODEL_SOURCES',
    's3://',
    'has "s3://"; expected directories, s3://bucket/prefix, https://host/prefix or hf:, separated by commas',
  ],
  ['MODEL_SOURCES', 's3://Bucket/models', 'has "s3://Bucket/models"'],
  ['HF_ENDPOINT', 'huggingface.co', 'is "huggingface.co"; expected an address that begins with http://'],
  ['AUTH_TOKEN', '', 'is empty; expected a token without spaces; correct or unset it.'],
  ['AUTH_TOKEN', 'two words', 'is not one word'],
  ['AUTH_TOKEN_SOURCE', 'token', 'is "token"; expected ssm:/name/of/parameter or secret:name'],
  ['AUTH_TOKEN_SOURCE', 'ssm:/token', 'needs AWS_REGION, which a function of AWS has'],
])('refuses %s=%s with a sentence', (name, value, message) => {
  const refused = () => readConfig({ [name]: value }, machine)
  expect(refused).toThrow(expect.objectContaining({ code: 'invalid_request', details: { field: name } }))
  expect(refused).toThrow(`The setting ${name} ${message}`)
})

test('the error about a token that cannot be one does not show it', () => {
  expect(() => readConfig({ AUTH_TOKEN: 'my secret' }, machine)).toThrow(/^(?!.*secret).*$/)
})

test('whatever a number is set to, it is taken as it is or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.integer().map(String), fc.double().map(String), fc.string()), (value) => {
      let threads: number
      try {
        threads = readConfig({ THREADS: value }, machine).threads
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_request' })
        return
      }
      expect(threads).toBe(value.trim() === '' ? 4 : Number(value))
      expect(Number.isInteger(threads) && threads >= 1 && threads <= 256).toBe(true)
    }),
  )
})

test('reads which model an alias leads to', () => {
  const { modelAliases } = readConfig({ MODEL_ALIASES: 'fast=potion-base-8M, chinese = bge-m3' }, machine)
  expect(modelAliases).toEqual({ fast: 'potion-base-8M', chinese: 'bge-m3' })
})

test.each([
  ['fast', 'has "fast"; expected alias=model'],
  ['fast=', 'has "fast="'],
  ['a=b,a=c', 'has the alias "a" twice'],
])('refuses the aliases %j', (MODEL_ALIASES, message) => {
  expect(() => readConfig({ MODEL_ALIASES }, machine)).toThrow(message)
})

test('collections take their share of the memory from the models', () => {
  const config = readConfig({ COLLECTIONS: 's3://bucket/collections' }, machine)
  expect(config.collections).toBe('s3://bucket/collections')
  expect(config.modelBudgetBytes).toBe(8e9 - 160 * 1024 * 1024 - 3.2e9)
  expect(readConfig({ COLLECTIONS: '/data' }, machine).collections).toBe('/data')
  expect(() => readConfig({ COLLECTIONS: 'hf:' }, machine)).toThrow(
    'expected a directory or s3://bucket/prefix',
  )
})

test('refuses a token beside the source of another', () => {
  const both = { ...OF_AWS, AUTH_TOKEN: 't0ken', AUTH_TOKEN_SOURCE: 'ssm:/token' }
  expect(() => readConfig(both, machine)).toThrow('AUTH_TOKEN_SOURCE is given beside AUTH_TOKEN')
})

test('a database of collections takes no memory of models, and has a password of its own', () => {
  const place = 'postgres://me@db.example/people'
  const config = readConfig({ COLLECTIONS: place, COLLECTIONS_PASSWORD: 'word' }, machine)
  expect(config).toMatchObject({ collections: place, collectionsPassword: 'word' })
  expect(config.modelBudgetBytes).toBe(readConfig({}, machine).modelBudgetBytes)
  const both = { ...OF_AWS, COLLECTIONS_PASSWORD: 'word', COLLECTIONS_PASSWORD_SOURCE: 'secret:word' }
  expect(() => readConfig(both, machine)).toThrow(
    'COLLECTIONS_PASSWORD_SOURCE is given beside COLLECTIONS_PASSWORD',
  )
})

test('the general endpoint of AWS is the queue of a function, and not that of a worker with a QUEUE_URL', () => {
  const general = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }
  const inLambda = { ...general, AWS_LAMBDA_FUNCTION_NAME: 'batch' }
  expect(readConfig(general, machine).sqsEndpoint).toBeUndefined()
  expect(readConfig(inLambda, machine).sqsEndpoint).toBe(general.AWS_ENDPOINT_URL)
})
