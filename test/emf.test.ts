import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { createContext } from '../src/context.ts'
import { createEmfWriter } from '../src/emf.ts'
import { METRIC_UNITS, type MetricName } from '../src/metrics.ts'
import { linesOf } from './support/output.ts'

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/emf-schema.json'), 'utf8'))
const validate = new Ajv().compile(schema)
/** The writer adds the memory of the process by itself. */
const names = (Object.keys(METRIC_UNITS) as MetricName[]).filter((name) => name !== 'ProcessMemory')

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

test('writes one document per model that fits the EMF schema', () => {
  const lines = linesOf(() => createEmfWriter('embed-prod')(measured(['small', 'large'])))
  const documents = lines.map((line) => JSON.parse(line))
  for (const document of documents) {
    validate(document)
    expect(validate.errors ?? []).toEqual([])
  }
  expect(documents.map((document) => document.Model)).toEqual(['small', 'large'])
})

test('names the dimensions that are paid for, every metric with its unit, and the request', () => {
  const [line] = linesOf(() => createEmfWriter('embed-prod')(measured(['small'])))
  const document = JSON.parse(line!)
  const [directive] = document._aws.CloudWatchMetrics
  expect(directive.Namespace).toBe('ServerlessEmbeddings')
  expect(directive.Dimensions).toEqual([['Model', 'Function']])
  const all = [...names, 'ProcessMemory' as const]
  expect(directive.Metrics).toEqual(all.map((Name) => ({ Name, Unit: METRIC_UNITS[Name] })))
  expect(document).toMatchObject({ Model: 'small', Function: 'embed-prod', requestId: 'r-1' })
  expect(names.map((name) => document[name])).toEqual(names.map((_, index) => index + 0.5))
  expect(document.ProcessMemory).toBeGreaterThan(1_000_000)
})

test('forgets an invocation when the next one comes', () => {
  const write = createEmfWriter('embed')
  const next = createContext({ requestId: 'r-2' })
  next.metrics.add('large', 'Requests', 1)
  linesOf(() => write(measured(['small'])))
  const lines = linesOf(() => write(next))
  expect(lines).toHaveLength(1)
  const { _aws, ProcessMemory, ...rest } = JSON.parse(lines[0]!)
  expect(rest).toEqual({ Model: 'large', Function: 'embed', Requests: 1, requestId: 'r-2' })
})

test('leaves out counts of nothing, which would be paid for, and keeps times of nothing, which are measurements', () => {
  const context = createContext()
  context.metrics.add('small', 'TruncatedTexts', 0)
  context.metrics.add('small', 'QueueTime', 0)
  const [line] = linesOf(() => createEmfWriter('embed')(context))
  const written = JSON.parse(line!)
  expect(written).toMatchObject({ QueueTime: 0 })
  expect(written).not.toHaveProperty('TruncatedTexts')
})

test('writes nothing when nothing was measured', () => {
  expect(linesOf(() => createEmfWriter('embed')(createContext()))).toEqual([])
})

test('writes one line of JSON that fits the schema, whatever is measured and by whom', () => {
  const value = fc.oneof(fc.double(), fc.integer())
  const measurement = fc.tuple(fc.string({ minLength: 1 }), fc.constantFrom(...names), value)
  fc.assert(
    fc.property(fc.array(measurement), fc.string({ minLength: 1 }), (measurements, requestId) => {
      const context = createContext({ requestId })
      for (const [model, name, amount] of measurements) context.metrics.add(model, name, amount)
      const lines = linesOf(() => createEmfWriter('f"\n')(context))
      expect(lines).toHaveLength(new Set(measurements.map(([model]) => model)).size)
      for (const line of lines) {
        const document = JSON.parse(line)
        expect(document.requestId).toBe(requestId)
        expect(validate(document)).toBe(true)
      }
    }),
    { numRuns: 50 },
  )
})
