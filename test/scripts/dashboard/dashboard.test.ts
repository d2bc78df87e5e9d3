import { describe, expect, test } from 'vitest'
import { dashboardBody, dashboardResources } from '../../../scripts/dashboard/dashboard.ts'
import { filledIn, type MetricRow, styleOf } from '../../../scripts/dashboard/widgets.ts'
import { alarmResources } from '../../../scripts/deploy/alarms.ts'
import { NAMESPACE } from '../../../src/emf.ts'
import { METRIC_UNITS } from '../../../src/metrics.ts'
import { parametersOf } from '../../deploy/defaults.ts'
import { sourceFiles } from '../../house/source.ts'

const parameters = parametersOf('prod', { generate: 'true' })
const deployment = { service: 'embeddings', stage: 'prod', parameters }
const body = dashboardBody(deployment)
const resources = dashboardResources(deployment)
const charts = body.widgets.flatMap((widget) => (widget.type === 'metric' ? [widget.properties] : []))
const rows = charts.flatMap(({ metrics }) => metrics)

/** Logical ids of the stack that the dashboard may speak of. */
const STACK = new Set([
  'HttpApi',
  ...['Embed', 'Match', 'Batch', 'Split', 'Generate'].map((name) => `${name}LambdaFunction`),
  'BatchQueue',
  'BatchDeadLetters',
  'SplitStateMachine',
  ...Object.keys(alarmResources(deployment)),
])

function ourMetrics(row: MetricRow): string[] {
  if (row[0] === NAMESPACE && row.length > 3) return [String(row[1])]
  return Array.from((styleOf(row).expression ?? '').matchAll(/MetricName="([^"]+)"/g), ([, found]) => found!)
}

describe('the names of metrics', () => {
  const shown = new Set(rows.flatMap(ourMetrics))

  test('every metric that the dashboard shows is one that the code emits', () => {
    expect([...shown].filter((name) => !(name in METRIC_UNITS))).toEqual([])
  })

  test('every metric that the code emits is shown on the dashboard', () => {
    expect(Object.keys(METRIC_UNITS).filter((name) => !shown.has(name))).toEqual([])
  })

  test('every metric in the list is emitted somewhere', () => {
    const files = sourceFiles('src').filter(({ path }) => path !== 'src/metrics.ts')
    const text = `${files.map((file) => file.text).join('\n')}\nErrors/\${code}`
    const isEmitted = (name: string) =>
      text.includes(`'${name}'`) || (name.includes('/') && text.includes(`${name.split('/')[0]}/\${`))
    expect(Object.keys(METRIC_UNITS).filter((name) => !isEmitted(name))).toEqual([])
  })

  test('a wrong name would be found', () => {
    expect(ourMetrics([NAMESPACE, 'Request', 'Model', 'all', {}])).toEqual(['Request'])
    expect(ourMetrics([{ expression: `SEARCH('{N,Model} MetricName="Request"', 'Sum')` }])).toEqual([
      'Request',
    ])
  })
})

test('metrics have one of the two sets of dimensions that are written, those found by search too', () => {
  for (const row of rows) {
    if (row[0] === NAMESPACE && row.length > 3) expect([row[2], row[4]]).toEqual(['Model', 'Function'])
    const { expression } = styleOf(row)
    if (expression?.startsWith('SEARCH')) expect(expression).toContain(`{${NAMESPACE},Model,Function}`)
  }
})

test('refers to resources of the stack alone, and leaves labels to CloudWatch', () => {
  const text = JSON.stringify(resources)
  const names = Array.from(text.matchAll(/\$\{([^}!]+)\}/g), ([, name]) => name!)
  expect(names.filter((name) => !name.startsWith('AWS::') && !STACK.has(name.split('.')[0]!))).toEqual([])
  const refs = Array.from(text.matchAll(/"Ref":"([^"]+)"/g), ([, name]) => name!)
  expect(refs.filter((name) => !STACK.has(name))).toEqual([])
  expect(text).toContain(filledIn("!PROP('Dim.Model')"))
})

test('widgets fill the grid without overlapping', () => {
  const cells = new Set<string>()
  for (const { x, y, width, height } of body.widgets) {
    expect(x + width).toBeLessThanOrEqual(24)
    for (let column = x; column < x + width; column++) {
      for (let row = y; row < y + height; row++) {
        expect(cells.has(`${column} ${row}`)).toBe(false)
        cells.add(`${column} ${row}`)
      }
    }
  }
  expect(cells.size).toBe(24 * Math.max(...body.widgets.map(({ y, height }) => y + height)))
})

test('every chart has a title of its own, units on its axes, and ids that calculations can find', () => {
  expect(new Set(charts.map(({ title }) => title)).size).toBe(charts.length)
  for (const { title, view, yAxis, metrics } of charts) {
    if (view === 'timeSeries') expect([title, yAxis?.left?.label]).toEqual([title, expect.any(String)])
    const styles = metrics.map(styleOf)
    const ids = styles.flatMap(({ id }) => (id === undefined ? [] : [id]))
    expect(new Set(ids).size).toBe(ids.length)
    for (const { expression } of styles) {
      if (expression === undefined || expression.startsWith('SEARCH')) continue
      const used = expression.match(/\b[a-z]\w*\b/g) ?? []
      expect(used.filter((id) => !ids.includes(id))).toEqual([])
    }
    expect(styles.some(({ visible }) => visible !== false)).toBe(true)
  }
})

test('the body is within what CloudFormation takes', () => {
  expect(body.widgets.length).toBeLessThan(500)
  expect(Math.max(...charts.map(({ metrics }) => metrics.length))).toBeLessThan(100)
  expect(JSON.stringify(body).length).toBeLessThan(200_000)
})

test('shows how every alarm stands', () => {
  const alarms = Object.entries(alarmResources(deployment)).filter(([, { Type }]) => Type.endsWith('Alarm'))
  const [widget] = body.widgets.filter(({ type }) => type === 'alarm')
  expect(JSON.stringify(widget)).toContain(alarms.map(([id]) => `"\${${id}.Arn}"`).join())
  expect(alarms.length).toBeGreaterThan(12)
})

test.each([
  ['jobs-static', null, 'jobs-static-2'],
  ['jobs', null, 'jobs-static-2'],
  ['fast', ['fast=bge-small-en-v1.5'], 'bge-small-en-v1.5'],
])('begins with the default model %s under its id', (defaultModel, modelAliases, id) => {
  const parameters = { ...deployment.parameters, defaultModel, modelAliases }
  const { variables } = dashboardBody({ ...deployment, parameters })
  expect(variables.map(({ defaultValue }) => defaultValue)).toEqual([id, filledIn('EmbedLambdaFunction')])
})
