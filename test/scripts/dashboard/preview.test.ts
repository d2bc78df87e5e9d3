import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dashboardBody } from '../../../scripts/dashboard/dashboard.ts'
import { linesOf } from '../../../scripts/dashboard/preview/lines.ts'
import { calculate, type Found, type Scope } from '../../../scripts/dashboard/preview/math.ts'
import { pageSize, renderPage } from '../../../scripts/dashboard/preview/page.ts'
import { type Point, pointsOf, statisticOf, summarize } from '../../../scripts/dashboard/preview/points.ts'
import { scaleFor, short } from '../../../scripts/dashboard/preview/scale.ts'
import { drawChart } from '../../../scripts/dashboard/preview/svg.ts'
import { type DashboardBody, fillIn } from '../../../scripts/dashboard/widgets.ts'
import { createContext } from '../../../src/context.ts'
import { createEmfWriter, NAMESPACE } from '../../../src/emf.ts'
import { METRIC_UNITS, type MetricName } from '../../../src/metrics.ts'
import { parametersOf } from '../../deploy/defaults.ts'
import { linesOf as outputOf } from '../../support/output.ts'

const names = Object.keys(METRIC_UNITS) as MetricName[]
const FUNCTIONS = ['embed', 'match', 'batch', 'split']

/** What every function writes of every metric, for a model and for none. */
function everything(): Point[] {
  const context = createContext()
  for (const model of ['jobs-static', 'all']) for (const name of names) context.metrics.add(model, name, 4)
  return FUNCTIONS.flatMap((name) => outputOf(() => createEmfWriter(name)(context))).flatMap(pointsOf)
}

function filledBody(): DashboardBody {
  const deployment = { service: 'embeddings', stage: 'dev', parameters: parametersOf('dev') }
  const functions = FUNCTIONS.map((name) => [`${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction`, name])
  return JSON.parse(fillIn(JSON.stringify(dashboardBody(deployment)), Object.fromEntries(functions)))
}

const points = everything()
const body = filledBody()
const start = Math.floor((points[0]!.time - 30_000) / 1000) * 1000
const grid = { start, seconds: 60, count: 2 }
const charts = body.widgets.flatMap((widget) => (widget.type === 'metric' ? [widget.properties] : []))

describe('from a written line to a drawn one', () => {
  const ours = charts.filter(
    ({ metrics }) =>
      JSON.stringify(metrics).includes(`${NAMESPACE},Model`) ||
      metrics.some((row) => row[0] === NAMESPACE && row.length > 3),
  )

  test.each(ours.map((chart) => [chart.title, chart] as const))('%s has lines', (_, chart) => {
    expect(linesOf(chart, points, grid)).not.toEqual([])
  })

  test('a rate is the sum by the seconds of a period, a share is in percent', () => {
    const [texts] = linesOf(charts.find(({ title }) => title === 'Texts and tokens a second')!, points, grid)
    expect(texts!.values.filter((value) => value !== undefined)).toEqual([4 / 60])
    const [cold] = linesOf(charts.find(({ title }) => title === 'Cold starts')!, points, grid)
    expect(cold!.values.filter((value) => value !== undefined)).toEqual([100])
    const [memory] = linesOf(
      charts.find(({ title }) => title === 'Found in memory, found in /tmp')!,
      points,
      grid,
    )
    expect(memory!.values.filter((value) => value !== undefined)).toEqual([50])
  })

  test.each(['Requests, each model', 'Texts a second, each model'])(
    'the lines of %s are called as their models',
    (wanted) => {
      const lines = linesOf(charts.find(({ title }) => title === wanted)!, points, grid)
      expect(lines.map(({ label }) => label)).toEqual([
        'jobs-static',
        'all',
        'jobs-static · match',
        'all · match',
      ])
    },
  )

  test('every widget is on the page, within it, and nothing is left to be filled in', () => {
    const page = renderPage(body, points, grid)
    for (const { title } of charts) expect(page).toContain(`<h3>${title.replaceAll('&', '&amp;')}</h3>`)
    expect(page.match(/<article/g)).toHaveLength(body.widgets.length)
    expect(page).not.toMatch(/\$\{|NaN|undefined|Infinity/)
    expect(pageSize(body).width).toBe(24 * 62 + 56)
  })

  test('a page of nothing says so', () => {
    const page = renderPage(body, [], grid)
    expect(page.match(/nothing happened/g)!.length).toBeGreaterThan(30)
    expect(page).not.toMatch(/NaN|Infinity/)
  })
})

describe('statistics', () => {
  test.each([
    ['Sum', [1, 2, 4], 7],
    ['Average', [1, 2, 6], 3],
    ['Maximum', [3, 9, 2], 9],
    ['p50', [4, 1, 3, 2], 2],
    ['p99', [5, 1], 5],
    ['p0', [5, 1], 1],
  ])('%s of %j is %f', (stat, values, expected) => {
    expect(statisticOf(values, stat)).toBe(expected)
  })

  test('refuses a statistic that there is not', () => {
    expect(() => statisticOf([1], 'Median')).toThrow('statistic Median')
  })

  test('the sums of all periods are the sum of all points within them', () => {
    const point = fc.record({
      time: fc.integer({ min: 0, max: 999 }),
      value: fc.integer({ min: 0, max: 100 }),
    })
    fc.assert(
      fc.property(fc.array(point), (given) => {
        const all = given.map((each) => ({ ...each, namespace: '', name: '', dimensions: {} }))
        const values = summarize(all, 'Sum', { start: 0, seconds: 0.1, count: 10 })
        const sum = values.reduce<number>((total, value) => total + (value ?? 0), 0)
        expect(sum).toBe(given.reduce((total, { value }) => total + value, 0))
      }),
    )
  })
})

describe('calculations', () => {
  const line = (...values: (number | undefined)[]): Found[] => [{ dimensions: {}, values }]
  const scope: Scope = {
    points: [],
    grid: { start: 0, seconds: 10, count: 2 },
    named: new Map([
      ['a', line(1, undefined)],
      ['b', line(4, 8)],
      ['zero', line(0, 0)],
    ]),
  }
  const valuesOf = (expression: string) => {
    const outcome = calculate(expression, scope)
    return typeof outcome === 'number' ? outcome : outcome.map(({ values }) => values)
  }

  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3 - 1', 8],
    ['b / 2', [[2, 4]]],
    ['8 / b', [[2, 1]]],
    ['b / PERIOD(b)', [[0.4, 0.8]]],
    ['b / PERIOD(FIRST(b))', [[0.4, 0.8]]],
    ['a + b', [[5, undefined]]],
    ['100 * FILL(a, 0) / b', [[25, 0]]],
    ['b / zero', [[undefined, undefined]]],
    ['IF(b >= 5, b, 0)', [[0, 8]]],
    [`SEARCH('{N,Model} MetricName="x"', 'Sum')`, []],
  ])('%s is %j', (expression, expected) => {
    expect(valuesOf(expression)).toEqual(expected)
  })

  test.each([
    ['c + 1', 'speaks of c'],
    ['1 +', 'its end'],
    ['1 2', 'goes on after its end'],
    ['MEDIAN(b)', 'no function MEDIAN'],
    ['FILL(1, 0)', 'expected lines'],
  ])('refuses %s', (expression, message) => {
    expect(() => calculate(expression, scope)).toThrow(message)
  })
})

test.each([
  [7, undefined, 8, [0, 2, 4, 6, 8]],
  [100, undefined, 100, [0, 25, 50, 75, 100]],
  [0.03, undefined, 0.03, [0, 0.01, 0.02, 0.03]],
  [3, 100, 100, [0, 25, 50, 75, 100]],
])('an axis for %f with the limit %s ends at %f', (largest, limit, top, marks) => {
  const scale = scaleFor(largest, limit)
  expect(scale.top).toBeCloseTo(top, 10)
  expect(scale.marks.map((mark) => Number(mark.toFixed(6)))).toEqual(marks)
})

test('the axis has room for the largest value', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (largest) => {
      const { top, marks } = scaleFor(largest)
      expect(top).toBeGreaterThanOrEqual(largest * 0.999)
      expect(marks.length).toBeLessThanOrEqual(6)
    }),
  )
})

test.each([
  [0, '0'],
  [0.1234, '0.123'],
  [999, '999'],
  [1500, '1.5k'],
  [2_000_000, '2M'],
  [3e9, '3G'],
])('%f is written as %s', (value, text) => {
  expect(short(value)).toBe(text)
})

test('lines break where nothing was measured, and a value alone is a dot', () => {
  const chart = charts.find(({ title }) => title === 'Cold starts')!
  const line = { label: '<b>', color: '#000', right: false, values: [1, 2, undefined, 4, undefined, 5, 6] }
  const svg = drawChart(chart, [line], { start: 0, seconds: 1, count: 7 }, { width: 300, height: 200 })
  expect(svg.match(/<polyline/g)).toHaveLength(2)
  expect(svg.match(/r="2.4"/g)).toHaveLength(1)
  expect(svg).toContain('&lt;b&gt;')
})
