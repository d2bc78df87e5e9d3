import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import packageFile from '../../package.json' with { type: 'json' }
import { DOORS } from '../../scripts/bundle.ts'
import { isRecord } from '../../src/is-record.ts'
import { codeOf } from '../support/markdown.ts'
import { settingsRead } from '../support/settings.ts'

const folder = join(import.meta.dirname, '../../scripts/deploy/chart')
const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const templates = readdirSync(join(folder, 'templates'))
  .map((name) => read(join('templates', name)))
  .join('\n')
const values: Record<string, unknown> = parse(read('values.yaml'))
const schema: Schema = JSON.parse(read('values.schema.json'))
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema)

interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly additionalProperties?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly propertyNames?: { readonly not?: { readonly enum: readonly string[] } }
}

/** Paths of values, down to what is a list, a plain value, or a map whose keys are the user's. */
function pathsOf(value: unknown, { properties }: Schema, prefix = ''): string[] {
  if (!isRecord(value) || !properties) return [prefix]
  return Object.entries(value).flatMap(([name, part]) =>
    pathsOf(part, properties[name] ?? {}, prefix ? `${prefix}.${name}` : name),
  )
}

function schemaPaths({ properties }: Schema, prefix = ''): string[] {
  if (!properties) return [prefix]
  return Object.entries(properties).flatMap(([name, part]) =>
    schemaPaths(part, prefix ? `${prefix}.${name}` : name),
  )
}

function schemasOf(schema: Schema, path = 'values'): [string, Schema][] {
  const below = Object.entries(schema.properties ?? {})
  return [[path, schema], ...below.flatMap(([name, part]) => schemasOf(part, `${path}.${name}`))]
}

/** The default values with some of them changed. */
function changed(changes: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(values)
  const merge = (target: Record<string, unknown>, source: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(source)) {
      const inner = target[name]
      if (isRecord(value) && isRecord(inner)) merge(inner, value)
      else target[name] = value
    }
  }
  merge(copy, changes)
  return copy
}

/** Amounts of the defaults of Kubernetes' own objects are not listed one by one in the schema. */
const AMOUNTS = /\.(requests|limits)\.[\w-]+$/
const bare = (paths: readonly string[]) =>
  [...new Set(paths.map((path) => path.replace(AMOUNTS, '.$1')))].sort()

describe('values.schema.json', () => {
  it('knows every value and no other, and takes the defaults', () => {
    const known = schemaPaths(schema).filter((path) => path !== 'global')
    expect(bare(pathsOf(values, schema))).toEqual(bare(known))
    expect([validate(values), validate.errors]).toEqual([true, null])
  })

  it('describes each value, and closes each object whose keys are not the user’s', () => {
    const nodes = schemasOf(schema).filter(([path]) => path !== 'values' && !AMOUNTS.test(path))
    expect(nodes.filter(([, { description }]) => (description?.length ?? 0) < 8)).toEqual([])
    const open = nodes.filter(([, part]) => part.properties && part.additionalProperties === undefined)
    expect(open).toEqual([])
    expect(schema.additionalProperties).toBe(false)
  })

  it.each([
    ['a name that there is not', { replica: 3 }],
    ['a name that there is not, within an object', { image: { repo: 'x' } }],
    ['text for a number', { replicas: '3' }],
    ['a setting that the chart has a value for', { settings: { PORT: 80 } }],
    ['a setting of a Secret without its key', { secretSettings: { COLLECTIONS: { secret: 's' } } }],
    [
      'a setting of a Secret that the chart has a value for',
      { secretSettings: { HF_TOKEN: { secret: 's', key: 'k' } } },
    ],
    ['a setting in small letters', { settings: { queue_limit: 80 } }],
    ['a volume without a claim', { models: { source: 'volume' } }],
    ['a remote source without an address', { models: { source: 'remote' } }],
    ['an init container without models', { models: { source: 'init', remote: ['hf:'] } }],
    ['an address that no source has', { models: { source: 'remote', remote: ['ftp://x'] } }],
    ['a Secret of which no key is read', { auth: { existingSecret: 's', tokenKey: '' } }],
    ['workers without a queue', { queueWorker: { enabled: true } }],
    ['metrics on the port of the API', { metrics: { port: 3000 } }],
    ['a digest that is none', { image: { digest: 'latest' } }],
    ['a path that ends with a slash', { basePath: '/embeddings/' }],
    ['no pod at all under autoscaling', { autoscaling: { minReplicas: 0 } }],
  ])('refuses values with %s', (_, changes) => {
    expect(validate(changed(changes))).toBe(false)
  })

  it.each([
    [{ models: { source: 'volume', volume: { claimName: 'models' } } }],
    [{ models: { source: 'init', remote: ['s3://bucket/models', 'hf:'], preload: ['fast'] } }],
    [{ auth: { existingSecret: 's', tokensKey: 'tokens', tokenKey: '' } }],
    [{ queueWorker: { enabled: true, queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q' } }],
    [{ settings: { ACCESS_LOG: true, QUEUE_LIMIT: 128, COLLECTIONS: 's3://bucket/collections' } }],
    [{ settings: { COLLECTIONS: 's3vectors://bucket/index' } }],
    [{ settings: { COLLECTIONS: 'postgres://me@db:5433/people' }, authorities: { configMap: 'rds' } }],
    [{ secretSettings: { COLLECTIONS_PASSWORD: { secret: 'people-db', key: 'password' } } }],
    [{ podDisruptionBudget: { maxUnavailable: '25%' }, global: { any: 'thing' } }],
  ])('takes values such as %j', (changes) => {
    expect([validate(changed(changes)), validate.errors]).toEqual([true, null])
  })
})

describe('the chart', () => {
  /** Set by the chart in the environment of a container. */
  const set = [...templates.matchAll(/- name: ([A-Z][A-Z0-9_]+)$/gm)].map(([, name]) => name!)
  /** Set in loops over names. */
  const listed = [...templates.matchAll(/range list ((?:"[A-Z_]+" ?)+)/g)].flatMap(([, names]) =>
    Array.from(names!.matchAll(/"(\w+)"/g), ([, name]) => name!),
  )
  /** What Amazon's clients read themselves. */
  const ofAws = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
  const owned = schema.properties!.settings!.propertyNames!.not!.enum

  it('sets only what the program reads', () => {
    const known = new Set([...settingsRead(), ...ofAws])
    expect(set.length).toBeGreaterThan(12)
    expect([...set, ...listed].filter((name) => !known.has(name))).toEqual([])
  })

  it('refuses as a further setting exactly what it sets itself', () => {
    expect([...owned].sort()).toEqual([...new Set([...set, ...listed])].sort())
  })

  it('names only settings that there are, in its documents', () => {
    const known = new Set(settingsRead())
    for (const path of [
      'README.md',
      'values.yaml',
      '../../../docs/kubernetes.md',
      '../../../docs/kubernetes.zh-CN.md',
    ]) {
      const named = [...read(path).matchAll(/settings(?:\.|: \{)([A-Z_]+)/g)].map(([, name]) => name!)
      expect([path, named.filter((name) => !known.has(name))]).toEqual([path, []])
    }
  })

  it('starts only programs that are built', () => {
    const started = [...templates.matchAll(/command: \[node, dist\/([\w-]+)\.js\]/g)].map(([, door]) => door!)
    expect(started).toContain('server')
    expect(started).toContain('pull')
    const built: readonly string[] = DOORS
    expect(started.filter((door) => !built.includes(door))).toEqual([])
  })

  it('has the version of the project', () => {
    expect(parse(read('Chart.yaml'))).toMatchObject({ appVersion: packageFile.version, apiVersion: 'v2' })
  })

  it('explains every value in its README', () => {
    const named = new Set(read('README.md').split('\n').flatMap(codeOf))
    const paths = bare(pathsOf(values, schema)).map((path) => path.replace(/\.(requests|limits)$/, ''))
    expect([...new Set(paths)].filter((path) => !named.has(path))).toEqual([])
  })
})
