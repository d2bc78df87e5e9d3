import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterEach, expect, test, vi } from 'vitest'
import { createContext } from '../src/context.ts'
import { createEmfWriter } from '../src/emf.ts'
import { METRIC_UNITS, type MetricName } from '../src/metrics.ts'

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/emf-schema.json'), 'utf8'))
const names = Object.keys(METRIC_UNITS) as MetricName[]

/** What `write` sends to standard output, line by line. */
function linesOf(write: () => void): string[] {
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  write()
  vi.restoreAllMocks()
  return written.join('').split('\n').slice(0, -1)
}

afterEach(() => {
  vi.restoreAllMocks()
})

function measured(models: readonly string[]) {
  const context = createContext({ requestId: 'r-1' })
  for (const model of models) {
    for (const [index, name] of names.entries()) context.metrics.add(model, name, index + 0.5)
  }
  return context
}

test('writes one document per model that fits the EMF schema', async () => {
  const warn = vi.spyOn(console, 'warn')
  const lines = linesOf(() => createEmfWriter('embed-prod')(measured(['small', 'large'])))
  const documents = lines.map((line) => JSON.parse(line))
  const validate = new Ajv().compile(schema)
  for (const document of documents) {
    validate(document)
    expect(validate.errors ?? []).toEqual([])
  }
  expect(documents.map((document) => document.Model)).toEqual(['small', 'large'])
  expect(warn).not.toHaveBeenCalled()
})

test('names the dimensions that are paid for, every metric with its unit, and the request', async () => {
  const [line] = linesOf(() => createEmfWriter('embed-prod')(measured(['small'])))
  const document = JSON.parse(line!)
  const [directive] = document._aws.CloudWatchMetrics
  expect(directive.Namespace).toBe('ServerlessEmbeddings')
  expect(directive.Dimensions).toEqual([['Model'], ['Model', 'Function']])
  expect(directive.Metrics).toEqual(names.map((Name) => ({ Name, Unit: METRIC_UNITS[Name] })))
  expect(document).toMatchObject({ Model: 'small', Function: 'embed-prod', requestId: 'r-1' })
  expect(names.map((name) => document[name])).toEqual(names.map((_, index) => index + 0.5))
})

test('forgets an invocation when the next one comes', async () => {
  const write = createEmfWriter('embed')
  const next = createContext({ requestId: 'r-2' })
  next.metrics.add('large', 'Requests', 1)
  linesOf(() => write(measured(['small'])))
  const lines = linesOf(() => write(next))
  expect(lines).toHaveLength(1)
  const { _aws, ...rest } = JSON.parse(lines[0]!)
  expect(rest).toEqual({ Model: 'large', Function: 'embed', Requests: 1, requestId: 'r-2' })
})

test('writes nothing when nothing was measured', async () => {
  expect(linesOf(() => createEmfWriter('embed')(createContext()))).toEqual([])
})
