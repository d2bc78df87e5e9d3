import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundleDoors, CHECKED, DOORS, MAX_BUNDLE_BYTES } from '../../scripts/bundle.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'bundle-'))

const isChecked = (door: string) => CHECKED.some((one) => one === door)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('builds each door as one small CommonJS file that needs the native runtime and what few starts need, and nothing else', async () => {
  const bundles = await bundleDoors(root, folder)
  expect(bundles.map(({ path }) => path)).toEqual(
    DOORS.map((door) => join(folder, isChecked(door) ? `${door}.bundle.js` : `${door}.js`)),
  )
  for (const { path, bytes } of bundles) {
    expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES)
    const required = [...readFileSync(path, 'utf8').matchAll(/\brequire\(\s*["'`]([^"'`]+)/g)].map(
      ([, name]) => name!,
    )
    const others = required.filter((name) => !isBuiltin(name))
    expect(others.filter((name) => !/^(onnxruntime-node\/bin\/|\.\/later\/[\w-]+\.js$)/.test(name))).toEqual(
      [],
    )
  }
  for (const door of CHECKED) {
    const text = readFileSync(join(folder, `${door}.js`), 'utf8')
    expect(text).toContain('needs Node')
    expect(text.endsWith(`require('./${door}.bundle.js')\n`)).toBe(true)
  }
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{ "type": "commonjs" }\n')
})

test('puts language models into doors of their own and leaves the door of embed as small as it was', () => {
  const textOf = (door: string) => {
    const whole = join(folder, `${door}.bundle.js`)
    return readFileSync(existsSync(whole) ? whole : join(folder, `${door}.js`), 'utf8')
  }
  const having = DOORS.filter((door) => textOf(door).includes('chatcmpl-'))
  expect(having).toEqual(expect.arrayContaining(['generate', 'server']))
  expect(having.filter((door) => ['embed', 'batch', 'split', 'train', 'worker'].includes(door))).toEqual([])
  // 437,148 bytes, of which 250 are the door's: names of metrics, and what both doors have in common. What starts with every
  // function is paid at every start.
  expect(Buffer.byteLength(textOf('embed'))).toBeLessThan(445_000)
})

test('puts prom-client into the server and the queue worker, and into no function', () => {
  const having = DOORS.filter((door) => {
    const path = join(folder, `${door}.bundle.js`)
    return readFileSync(existsSync(path) ? path : join(folder, `${door}.js`), 'utf8').includes(
      'nodejs_eventloop_lag',
    )
  })
  expect(having).toEqual(['server', 'queue-worker'])
})

test('keeps the S3 client in a file of its own, which can do what the store needs', () => {
  const client = createRequire(import.meta.url)(join(folder, 'later', 's3-client.js'))
  const parts = [
    'DeleteObjectCommand',
    'GetObjectCommand',
    'HeadObjectCommand',
    'ListObjectsV2Command',
    'PutObjectCommand',
    'S3Client',
  ]
  expect(Object.keys(client).sort()).toEqual(parts)
})

test('a built door finds what few starts need: quality of models, the API reference, skills by other names', () => {
  const event = (path: string, body?: object) => ({
    version: '2.0',
    rawPath: path,
    headers: { 'content-type': 'application/json' },
    requestContext: { stage: '$default', http: { method: body ? 'POST' : 'GET', path } },
    body: JSON.stringify(body),
  })
  const match = { query: { skills: ['k8s'] }, candidates: [{ skills: ['kubernetes'] }], explain: true }
  const events = [event('/models'), event('/openapi.json'), event('/match', match)]
  const program = `
    const { handler } = require(${JSON.stringify(join(folder, 'match.js'))})
    const answers = []
    const ask = async () => { for (const event of ${JSON.stringify(events)}) answers.push((await handler(event)).body) }
    ask().then(() => console.error(JSON.stringify(answers)))`
  const { stderr } = spawnSync(process.execPath, ['--eval', program], {
    encoding: 'utf8',
    env: { NODE_PATH: join(root, 'node_modules'), MODEL_SOURCES: join(root, 'layers', 'models') },
  })
  const [models, api, matched] = JSON.parse(stderr).map((body: string) => JSON.parse(body))
  expect(models.models.some((model: ModelQuality) => model.quality.scores.length > 0)).toBe(true)
  expect(Object.keys(api.paths)).toContain('/embed')
  expect(matched.results[0].explanation.skills.matched).toEqual([
    { query: 'k8s', candidate: 'kubernetes', score: 1 },
  ])
  const { Tokenizer } = createRequire(import.meta.url)(join(folder, 'later', 'tokenizers.js'))
  expect(Tokenizer).toBeTypeOf('function')
})

test.each([
  ['postgres', { COLLECTIONS: 'postgres://me@127.0.0.1:1/people?sslmode=disable' }, 'upstream_failed'],
  [
    's3vectors-client',
    // Without credentials, so that nothing is asked.
    { COLLECTIONS: 's3vectors://people/jobs', AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' },
    'internal',
  ],
])('a built door has %s beside it, and loads it for a collection alone', (part, environment, code) => {
  const event = (body: object) => ({
    version: '2.0',
    rawPath: '/match',
    headers: { 'content-type': 'application/json' },
    requestContext: { stage: '$default', http: { method: 'POST', path: '/match' } },
    body: JSON.stringify(body),
  })
  const asked = [['nurse'], { collection: 'jobs' }].map((candidates) => event({ query: 'nurse', candidates }))
  const program = `
    const { handler } = require(${JSON.stringify(join(folder, 'match.js'))})
    const said = []
    const isLoaded = () => Object.keys(require.cache).some((path) => path.endsWith('later/${part}.js'))
    const ask = async () => { for (const event of ${JSON.stringify(asked)}) said.push((await handler(event)).body, isLoaded()) }
    ask().then(() => console.error(JSON.stringify(said)))`
  const { stderr } = spawnSync(process.execPath, ['--eval', program], {
    encoding: 'utf8',
    env: {
      NODE_PATH: join(root, 'node_modules'),
      MODEL_SOURCES: join(root, 'layers', 'models'),
      ...environment,
    },
  })
  const [texts, before, found, after] = JSON.parse(stderr.trim().split('\n').at(-1)!)
  expect(JSON.parse(texts).results).toHaveLength(1)
  expect(before).toBe(false)
  expect(JSON.parse(found).error).toMatchObject({ code })
  expect(after).toBe(true)
})

interface ModelQuality {
  readonly quality: { readonly scores: readonly unknown[] }
}

test('fails when a door grows beyond the limit', async () => {
  await expect(bundleDoors(root, folder, 10_000)).rejects.toThrow(/expected at most 10000; look for a new/)
})
