import { ERROR_CODES } from '../../src/errors.ts'
import { LOAD_SOURCES, type MetricName } from '../../src/metrics.ts'
import { COLORS, calculated, chosen, everyModel, perSecond, share } from './series.ts'
import { type Content, chart, type MetricRow, type Row, words } from './widgets.ts'

const CHART_HEIGHT = 6
const SOURCE_LABELS = {
  disk: 'layer or mount',
  cache: '/tmp, as it was',
  s3: 'bucket → /tmp',
  web: 'web server → /tmp',
  hub: 'hub → /tmp',
} as const
const SOURCE_COLORS = {
  disk: COLORS.first,
  cache: COLORS.second,
  s3: COLORS.third,
  web: '#9d4edd',
  hub: COLORS.fourth,
} as const

/** Charts with one line for each model, whichever models there are. */
export function everyModelRows(): Row[] {
  const each = (name: MetricName, stat: string) => everyModel(name, stat, ['embed', 'match'])
  const rate = (name: MetricName, id: string) =>
    everyModel(name, 'Sum', ['embed', 'match'], { perSecond: true, id })
  const charts = [
    chart('Requests, each model', each('Requests', 'Sum'), { stacked: true, unit: 'requests' }),
    chart('Texts a second, each model', rate('InputTexts', 'texts'), { unit: 'texts/s' }),
    chart('Tokens a second, each model', rate('InputTokens', 'tokens'), { unit: 'tokens/s' }),
    chart('Latency, p99, each model', each('Latency', 'p99'), { unit: 'ms' }),
    chart('Errors, each model', each('Errors', 'Sum'), { stacked: true, unit: 'errors' }),
    chart('Memory of each model as it was loaded', each('ModelMemory', 'Maximum'), { unit: 'bytes' }),
  ]
  return [
    { height: 1, widgets: [words('## Every model')] },
    { height: CHART_HEIGHT, widgets: charts.slice(0, 3) },
    { height: CHART_HEIGHT, widgets: charts.slice(3) },
  ]
}

/**
 * Charts of the model and function that are chosen at the top of the dashboard.
 *
 * @param model chosen at first
 */
export function chosenModelRows(model: string): Row[] {
  const heading = `## One model
Choose **Model** and **Function** at the top. A percentile of the whole is not the sum of the percentiles of its parts.`
  return [
    { height: 2, widgets: [words(heading)] },
    { height: CHART_HEIGHT, widgets: ['p50', 'p90', 'p99'].map((stat) => splitLatency(model, stat)) },
    { height: CHART_HEIGHT, widgets: [throughput(model), coldStarts(model), loadTimes(model)] },
    { height: CHART_HEIGHT, widgets: [hitRates(model), evictions(model), memory(model)] },
    { height: CHART_HEIGHT, widgets: [requests(model), errorsByCode(model), truncated(model)] },
  ]
}

function splitLatency(model: string, stat: string): Content {
  const parts = [
    ['Latency', 'all', COLORS.total],
    ['QueueTime', 'queue', COLORS.queue],
    ['TokenizeTime', 'tokenize', COLORS.tokenize],
    ['InferenceTime', 'inference', COLORS.inference],
  ] as const
  const rows = parts.map(([name, label, color]) => chosen(model, name, { label, color, stat }))
  return chart(`Latency, ${stat}, and its parts`, rows, { stat, unit: 'ms' })
}

function throughput(model: string): Content {
  return chart(
    'Texts and tokens a second',
    [
      ...perSecond('texts/s', chosen(model, 'InputTexts'), 'texts', { color: COLORS.first }),
      ...perSecond('tokens/s', chosen(model, 'InputTokens'), 'tokens', { color: COLORS.second, right: true }),
    ],
    { unit: 'texts/s', right: 'tokens/s' },
  )
}

function requests(model: string): Content {
  return chart(
    'Requests and failures',
    [
      chosen(model, 'Requests', { label: 'requests', color: COLORS.first }),
      chosen(model, 'Errors', { label: 'failed', color: COLORS.bad }),
    ],
    { unit: 'requests' },
  )
}

function coldStarts(model: string): Content {
  const rows = share(
    'requests that loaded the model',
    [chosen(model, 'ColdStart'), chosen(model, 'Requests')],
    'cold',
    COLORS.fourth,
  )
  return chart('Cold starts', rows, { unit: '%' })
}

function loadTimes(model: string): Content {
  const bySource = LOAD_SOURCES.map((source) =>
    chosen(model, `LoadTime/${source}`, { label: SOURCE_LABELS[source], color: SOURCE_COLORS[source] }),
  )
  return chart(
    'Load time by source, average',
    [
      chosen(model, 'LoadTime', { label: 'p99 of all', color: COLORS.total, stat: 'p99' }),
      ...bySource,
      chosen(model, 'LoadBytes', { label: 'bytes', color: '#b0b7c3', yAxis: 'right', stat: 'Maximum' }),
    ],
    { stat: 'Average', unit: 'ms', right: 'bytes' },
  )
}

function hitRates(model: string): Content {
  const rate = (
    label: string,
    [hits, misses]: readonly [MetricName, MetricName],
    id: string,
    color: string,
  ) => {
    const inputs: MetricRow[] = [
      chosen(model, hits, { id: `${id}h`, visible: false }),
      chosen(model, misses, { id: `${id}m`, visible: false }),
    ]
    const all = `(FILL(${id}h, 0) + FILL(${id}m, 0))`
    return [...inputs, calculated(`100 * FILL(${id}h, 0) / ${all}`, label, color)]
  }
  return chart(
    'Found in memory, found in /tmp',
    [
      ...rate('in memory', ['SessionHits', 'ColdStart'], 'session', COLORS.first),
      ...rate('in /tmp', ['DiskCacheHits', 'DiskCacheMisses'], 'disk', COLORS.second),
    ],
    { unit: '%', max: 100 },
  )
}

function evictions(model: string): Content {
  const rows = [
    chosen(model, 'SessionEvictions', { label: 'models that left memory for it', color: COLORS.bad }),
  ]
  return chart('Evictions', rows, { unit: 'models' })
}

function memory(model: string): Content {
  return chart(
    'Memory',
    [
      chosen(model, 'ProcessMemory', { label: 'process', color: COLORS.total }),
      chosen(model, 'ModelMemory', { label: 'model', color: COLORS.second }),
    ],
    { stat: 'Maximum', unit: 'bytes' },
  )
}

function errorsByCode(model: string): Content {
  const rows = ERROR_CODES.map((code) => chosen(model, `Errors/${code}`, { label: code }))
  return chart('Errors by code', rows, { stacked: true, unit: 'errors' })
}

function truncated(model: string): Content {
  const rows = share(
    'texts that were cut',
    [chosen(model, 'TruncatedTexts'), chosen(model, 'InputTexts')],
    'cut',
    COLORS.third,
  )
  return chart('Truncation', rows, { unit: '%' })
}
