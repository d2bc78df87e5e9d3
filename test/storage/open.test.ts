import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/storage/open.ts'
import { parseSource } from '../../src/storage/source.ts'
import { type Bundles, bundleAllDoors } from '../support/bundles.ts'
import { temporaryFolder } from '../support/folders.ts'
import { shippedFolder } from '../support/shipped-model.ts'

const hub = { endpoint: 'http://127.0.0.1:9', locate: () => undefined }

describe('parseSource', () => {
  it.each([
    ['/opt/models', { kind: 'directory', folder: '/opt/models' }],
    ['models', { kind: 'directory', folder: 'models' }],
    ['C:\\models', { kind: 'directory', folder: 'C:\\models' }],
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket-1/', { kind: 's3', bucket: 'my.bucket-1', prefix: '' }],
    ['s3://bucket/deep/models/', { kind: 's3', bucket: 'bucket', prefix: 'deep/models' }],
    ['hf:', { kind: 'hub' }],
    ['s3:bucket', undefined],
    ['s3://B', undefined],
    ['https://example.org', { kind: 'web', address: 'https://example.org' }],
    ['https://cdn.example.org/deep/models/', { kind: 'web', address: 'https://cdn.example.org/deep/models' }],
    ['http://models:8080/a', { kind: 'web', address: 'http://models:8080/a' }],
    ['https://', undefined],
    ['https://user:word@example.org/models', undefined],
    ['https://example.org/models?key=1', undefined],
    ['https://example.org/models#a', undefined],
    ['https://example.org:port/models', undefined],
    ['ftp://example.org/models', undefined],
  ])('reads %j as %j', (text, source) => {
    expect(parseSource(text)).toEqual(source)
  })
})

describe('openStore', () => {
  it.each([
    ['/opt/models', 'directory /opt/models'],
    ['s3://bucket/models', 's3://bucket/models'],
    ['https://cdn.example.org/models/', 'https://cdn.example.org/models'],
    ['hf:', 'hub http://127.0.0.1:9'],
  ])('opens the source %j by its kind', (source, name) => {
    expect(openStore(source, { hub }).name).toBe(name)
  })

  it('refuses what it does not know', () => {
    expect(() => openStore('ftp://x', { hub })).toThrow(
      'expected directories, s3://bucket/prefix, https://host/prefix or hf:',
    )
  })
})

describe('the Lambda door', () => {
  let doors: Bundles
  beforeAll(async () => {
    doors = await bundleAllDoors()
  }, 120_000)
  afterAll(() => doors.remove())

  /** Invokes the door once in a fresh process; counts the S3 clients that were loaded. */
  const invoke = async (sources: string) => {
    const program = `
      const { handler } = require(${JSON.stringify(doors.path('embed.js'))})
      handler({ input: 'nurse' }).then((answer) => answer.model, (error) => error.name).then((outcome) => {
        const clients = Object.keys(require.cache).filter((path) => /client-s3|s3-client/.test(path)).length
        process.stdout.write('\\n' + JSON.stringify({ outcome, clients }))
        process.exit()
      })`
    const env = {
      ...process.env,
      MODEL_SOURCES: sources,
      MODEL_CACHE: temporaryFolder('cache'),
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { env })
    return JSON.parse(stdout.split('\n').at(-1)!)
  }

  it('does not load the S3 client when a directory has the model', async () => {
    expect(await invoke(`${shippedFolder},s3://bucket/models`)).toEqual({
      outcome: 'jobs-static-2',
      clients: 0,
    })
  })

  it('loads it when S3 must be asked', async () => {
    expect(await invoke(`${temporaryFolder('empty')},s3://bucket/models`)).toEqual({
      outcome: 'upstream_failed',
      clients: 1,
    })
  })
})
