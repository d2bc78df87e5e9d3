import { readConfig } from '../../src/config.ts'
import type { HttpResult } from '../../src/lambda/event.ts'
import { eventOf, startInstance, takingOutput } from '../dashboard/preview/instance.ts'
import { percentile } from './percentile.ts'

/** What one process is to measure. */
export interface Part {
  readonly root: string
  /** As in MODEL_SOURCES. */
  readonly sources: string
  /** The path of a catalog beside the shipped one. */
  readonly catalog: string
  readonly model: string
  readonly tokens: number
  readonly threads: number
  readonly repetitions: number
}

/** What it measured. */
export interface PartResult {
  readonly coldMs: number
  readonly p50: number
  readonly p95: number
  readonly eachOfMany: number
  readonly megabytes: number
  readonly dimensions: number
  readonly tokens: number
}

const MANY = 32
const WORDS =
  'the data engineer plans builds and keeps pipelines for teams of nurses welders bakers and tax advisers'.split(
    ' ',
  )

interface Answer {
  readonly dimensions: number
  readonly usage: { readonly tokens: number }
}

async function measure(part: Part): Promise<PartResult> {
  const startedAt = performance.now()
  const environment = {
    MODEL_SOURCES: part.sources,
    ...(part.catalog && { MODEL_CATALOG: part.catalog }),
    THREADS: String(part.threads),
  }
  const machine = { memoryBytes: 8 * 1024 ** 3, processors: part.threads, root: part.root }
  const { handler } = startInstance(readConfig(environment, machine), 'cost')
  const ask = async (input: readonly string[]): Promise<Answer> => {
    const event = eventOf('/embed', { input, model: part.model }, 'cost', Date.now())
    const { statusCode, body } = (await handler(event)) as HttpResult
    if (statusCode !== 200) throw new Error(`Model ${part.model} cannot be measured: ${body}`)
    return JSON.parse(body) as Answer
  }
  await ask(['data engineer'])
  // What comes before is the building of this program, which a function does not do; Node's own start it does.
  const coldMs = performance.nodeTiming.bootstrapComplete + performance.now() - startedAt
  const { text, tokens, dimensions } = await textOf(part.tokens, ask)
  const timesOf = async (input: readonly string[], repetitions: number) => {
    const times: number[] = []
    for (let run = 0; run < repetitions; run++) {
      const begin = performance.now()
      await ask(input)
      times.push(performance.now() - begin)
    }
    return times.slice(Math.floor(repetitions / 4))
  }
  const one = await timesOf([text], part.repetitions)
  const many = await timesOf(Array<string>(MANY).fill(text), Math.ceil(part.repetitions / 8))
  return {
    coldMs,
    p50: percentile(one, 50),
    p95: percentile(one, 95),
    eachOfMany: percentile(many, 50) / MANY,
    megabytes: Math.ceil(process.resourceUsage().maxRSS / 1024),
    dimensions,
    tokens,
  }
}

/** The shortest text of these words with at least so many tokens. */
async function textOf(wanted: number, ask: (input: readonly string[]) => Promise<Answer>) {
  for (let count = 1; ; count++) {
    const text = Array.from({ length: count }, (_, index) => WORDS[index % WORDS.length]).join(' ')
    const { usage, dimensions } = await ask([text])
    if (usage.tokens >= wanted || count > 4 * wanted) return { text, tokens: usage.tokens, dimensions }
  }
}

let result: PartResult | undefined
await takingOutput(async () => {
  result = await measure(JSON.parse(process.argv[2]!) as Part)
})
process.stdout.write(JSON.stringify(result))
process.exit(0)
