import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

const told = (environment: Record<string, string>) =>
  readConfig(environment, { memoryBytes: 8e9, processors: 4, root: '/app' }).doubts

const needing = {
  METRICS_PORT: { METRICS_HOST: '::1' },
  QUEUE_URL: { TRAIN_JOBS: 'true' },
  COLLECTIONS: { COLLECTION_BUDGET_BYTES: '1000000' },
  'COLLECTIONS=postgres://…': { COLLECTIONS_PASSWORD: 'hunter2' },
  GENERATE_ENDPOINT: {
    GENERATE_ENDPOINT_ALLOW: 'a.example',
    GENERATE_ENDPOINT_KEY: 'k',
    GENERATE_MODELS: 'm',
  },
  JUDGE_MODEL: { JUDGE_REPORT: '{}' },
}

test.each(Object.entries(needing))(
  'says of each setting that does nothing without %s so',
  (needed, settings) => {
    expect(told(settings)).toEqual(
      Object.keys(settings).map(
        (name) => `The setting ${name} does nothing without ${needed}; set that too, or unset ${name}.`,
      ),
    )
  },
)

test('says nothing where what they need is there, or they are empty or off', () => {
  const there = {
    METRICS_PORT: '0',
    QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/1/files',
    COLLECTIONS: 'postgresql://me@db.example/people',
    GENERATE_ENDPOINT: 'https://a.example/v1',
    JUDGE_MODEL: 'judge',
  }
  expect(told(Object.assign({}, there, ...Object.values(needing)))).toEqual([])
  expect(told({ METRICS_HOST: ' ', JUDGE_REPORT: '', TRAIN_JOBS: 'false' })).toEqual([])
})

test('says that files of collections have no password', () => {
  const password = { COLLECTIONS_PASSWORD: 'hunter2' }
  expect(told({ ...password, COLLECTIONS: '/people' })).toHaveLength(1)
  expect(told({ ...password, COLLECTIONS: 's3vectors://people/jobs' })).toHaveLength(1)
})
