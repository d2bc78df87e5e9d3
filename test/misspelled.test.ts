import { describe, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import foreign from './fixtures/foreign-variables.json' with { type: 'json' }

const machine = { memoryBytes: 4e9, processors: 2, root: '/root' }
const start = (name: string, more: Record<string, string> = {}) =>
  readConfig({ [name]: '1', ...more }, machine)

describe('a variable that was meant to be a setting stops the start and names it', () => {
  test.each([
    ['AUTH_TOKN', 'AUTH_TOKEN'],
    ['AUTH_TOKEN_', 'AUTH_TOKEN'],
    ['KEEPALIVE_SECONDS', 'KEEP_ALIVE_SECONDS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['METRIC_PORT', 'METRICS_PORT'],
    ['AUHT_TOKEN', 'AUTH_TOKEN'],
    ['UATH_TOKEN', 'AUTH_TOKEN'],
    ['AUTHTOKEN', 'AUTH_TOKEN'],
    ['auth_token', 'AUTH_TOKEN'],
    ['AUTH-TOKEN', 'AUTH_TOKEN'],
    ['AUTH_TOKEN_SORCE', 'AUTH_TOKEN_SOURCE'],
    ['MODEL_SORCES', 'MODEL_SOURCES'],
    ['MODEL_SOURCE', 'MODEL_SOURCES'],
    ['MODELS_SOURCES', 'MODEL_SOURCES'],
    ['MODLE_SOURCES', 'MODEL_SOURCES'],
    ['MODEL_ALIAS', 'MODEL_ALIASES'],
    ['MODEL_CATALOGUE', 'MODEL_CATALOG'],
    ['MODEL_CASHE', 'MODEL_CACHE'],
    ['MODEL_BUDGET_BITES', 'MODEL_BUDGET_BYTES'],
    ['DEFUALT_MODEL', 'DEFAULT_MODEL'],
    ['DEFAULT_MODELS', 'DEFAULT_MODEL'],
    ['DEFAULT_MDOEL', 'DEFAULT_MODEL'],
    ['PRELOAD_MODEL', 'PRELOAD_MODELS'],
    ['COLECTIONS', 'COLLECTIONS'],
    ['COLLECTION_BUGDET_BYTES', 'COLLECTION_BUDGET_BYTES'],
    ['HF_TOKN', 'HF_TOKEN'],
    ['HF_ENPOINT', 'HF_ENDPOINT'],
    ['MAX_INPUT', 'MAX_INPUTS'],
    ['MAX_BODY_BYTE', 'MAX_BODY_BYTES'],
    ['LOG_INPUT', 'LOG_INPUTS'],
    ['QUEUE_LIMT', 'QUEUE_LIMIT'],
    ['TOKEN_BUGET', 'TOKEN_BUDGET'],
    ['THREDS', 'THREADS'],
    ['WROKERS', 'WORKERS'],
  ])('%s for %s', (name, setting) => {
    expect(() => start(name)).toThrow(
      `There is no setting ${name}, which would be ignored; did you mean ${setting}?`,
    )
  })
})

test('a name of several words without its first letter is still one', () => {
  expect(() => start('UTH_TOKEN')).toThrow('did you mean AUTH_TOKEN?')
})

test('an empty variable stops the start too: what should be in it is missing', () => {
  expect(() => readConfig({ AUTH_TOKN: '' }, machine)).toThrow('did you mean AUTH_TOKEN?')
})

test('beside the right setting the other one is no concern of ours', () => {
  expect(() => start('MAX_INPUT', { MAX_INPUTS: '5' })).not.toThrow()
})

test('no setting is taken for another one', () => {
  const asked = new Set<string>()
  const spy = new Proxy<Record<string, string>>({}, { get: (_, name) => void asked.add(String(name)) })
  readConfig(spy, machine)
  const values: Record<string, string> = { HOST: 'localhost', LOG_INPUTS: 'true' }
  for (const name of ['AUTH_TOKEN', 'DEFAULT_MODEL', 'HOST', 'LOG_INPUTS', 'MODEL_CATALOG', 'MODEL_CACHE']) {
    expect(asked.has(name)).toBe(true)
    expect(() => readConfig({ [name]: values[name] ?? 'x' }, machine)).not.toThrow()
  }
})

describe('a variable that may have been meant to be a setting is told at the start, and stops nothing', () => {
  test.each([
    ['THREAD', 'THREADS'],
    ['threads', 'THREADS'],
    ['WORKER', 'WORKERS'],
    ['HOSTS', 'HOST'],
    ['HOTS', 'HOST'],
    ['host', 'HOST'],
    ['PROT', 'PORT'],
    ['PORTS', 'PORT'],
    ['Port', 'PORT'],
    ['COLLECTION', 'COLLECTIONS'],
    ['MODE_CACHE', 'MODEL_CACHE'],
    ['log_input', 'LOG_INPUTS'],
    ['auth_tokn', 'AUTH_TOKEN'],
  ])('%s for %s', (name, setting) => {
    expect(start(name).doubts).toEqual([
      `The variable ${name} is not read; if the setting ${setting} is meant, rename it; otherwise all is well.`,
    ])
  })

  test('beside the right setting it is no concern of ours', () => {
    expect(start('THREAD', { THREADS: '2' }).doubts).toEqual([])
  })

  test('few variables of other programs are told', () => {
    const names = Object.values(foreign).flat()
    const told = names.filter((name) => start(name).doubts.length > 0)
    expect(told).toEqual([
      ...['HOSTS', 'PORTS', 'THREAD', 'WORKER', 'COLLECTION', 'TREADS'],
      ...['AUTHN_TOKEN', 'AUTHZ_TOKEN', 'DEFAULT_MODE'],
    ])
  })
})

describe('variables of other programs do not stop the start', () => {
  test.each(Object.entries(foreign))('those that %s sets', (_, names) => {
    expect(names.length).toBeGreaterThan(5)
    const stopped = names.filter((name) => {
      try {
        start(name)
        return false
      } catch {
        return true
      }
    })
    expect(stopped).toEqual([])
  })

  test('those of the process that runs this test', () => {
    expect(() => readConfig(process.env, machine)).not.toThrow()
  })
})
