import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createContext } from '../../src/context.ts'
import { type BaseModel, openBaseModel } from '../../src/learning/base-model.ts'
import type { LearningLabel } from '../../src/learning/catalogue.ts'
import { learn } from '../../src/learning/learn.ts'
import { type LearningPair, readPair } from '../../src/learning/pairs.ts'
import { createRandom, shuffle } from '../../src/learning/random.ts'
import type { LearningReport } from '../../src/learning/report.ts'
import { normalizeQuery } from '../../src/learning/split.ts'
import { readNumber, UsageError } from '../console/options.ts'
import type { Tool } from '../console/tool.ts'
import { readArguments } from '../console/tool-arguments.ts'
import { openModels } from '../models/open.ts'
import { readEsco, readVacancies } from '../train/data.ts'
import { formatTargets } from './report.ts'
import { holds, type Target } from './targets.ts'

const SHAPE = {
  name: 'bench -- learn',
  summary:
    'What learning from 2,000 vacancy titles gains on titles that it did not see, its CPU seconds, and what it refuses.',
  usage: ['[option …]'],
  options: {
    data: {
      value: '<folder>',
      default: '../shared/data',
      help: 'with job-titles-esco.csv and esco_occupations_en.csv',
    },
    model: { value: '<id>', default: 'jobs', multiple: true, help: 'to learn on; fast is all-MiniLM-L6-v2' },
    models: { value: '<folder>', multiple: true, help: 'where models are (default MODEL_SOURCES)' },
    seeds: { value: '<number>', default: '3', help: 'draws of the titles' },
    unseen: { value: '<number>', default: '4000', help: 'titles to score on, which no fit sees' },
  },
  examples: ['', '--model jobs --model fast --models ../shared/models --models layers/models'],
  notes: ['The titles have no licence: what is learned of them is measured here and written nowhere.'],
} as const

const PAIRS = 2000
const MOST_SECONDS = 30
/** Least gains on unseen titles: in MRR, with each label counting once, of labels without pairs. */
const DEMANDS = { table: [0.03, 0.005, -0.02], vectors: [0.055, 0.02, -0.02] } as const

interface Drawn {
  readonly labels: readonly LearningLabel[]
  readonly pairs: readonly LearningPair[]
  readonly unseen: readonly LearningPair[]
}

/** Learns on each model and draw, prints what came of it and judges it. */
export const benchLearn: Tool = {
  shape: SHAPE,
  async run(args) {
    const { values } = readArguments<typeof SHAPE.options>(SHAPE, args)
    const missing = ['job-titles-esco.csv', 'esco_occupations_en.csv'].filter(
      (file) => !existsSync(join(values.data, file)),
    )
    if (missing.length > 0)
      throw new UsageError(
        `${values.data} has no ${missing.join(', ')}; "npm run evaluate -- --fetch" brings them.`,
      )
    const seeds = readNumber('--seeds', values.seeds, { least: 1, whole: true })
    const unseen = readNumber('--unseen', values.unseen, { least: 100, whole: true })
    const { catalog, engine } = openModels({ sources: values.models.length > 0 ? values.models : undefined })
    const targets: Target[] = []
    try {
      for (const name of values.model) {
        const model = await openBaseModel(engine, catalog.resolve(name), createContext())
        for (let seed = 1; seed <= seeds; seed++)
          targets.push(...(await benchDraw(model, draw(values.data, seed, unseen), seed)))
      }
    } finally {
      await engine.close()
    }
    console.log(`\n${formatTargets(targets)}`)
    return targets.every(holds) ? 0 : 1
  },
}

/** Distinct titles in an order of the seed: the first are learned from, those behind them are scored on. */
function draw(data: string, seed: number, unseen: number): Drawn {
  const labels = readEsco(data).map(({ id, name }) => ({ id, text: name }))
  const ids = new Set(labels.map(({ id }) => id))
  const known = new Set<string>()
  const titles = readVacancies(data).filter(({ title, occupation }) => {
    const key = normalizeQuery(title)
    if (known.has(key) || !ids.has(occupation)) return false
    known.add(key)
    return true
  })
  const pairs = shuffle(titles, createRandom(seed)).map(({ title, occupation }) =>
    readPair({ query: title, positiveId: occupation }),
  )
  return { labels, pairs: pairs.slice(0, PAIRS), unseen: pairs.slice(PAIRS, PAIRS + unseen) }
}

async function benchDraw(model: BaseModel, drawn: Drawn, seed: number): Promise<Target[]> {
  const { report, seconds } = await learnOn(model, drawn, drawn.pairs)
  const [guard] = report.guards
  const [micro, macro, fresh] = [guard!.change, guard!.macro!, guard!.withoutPairs!].map(({ mean }) => mean)
  const name = `${model.manifest.id}, draw ${seed}`
  console.log(
    `${name}: unseen MRR ${guard!.base.toFixed(4)} → ${guard!.learned.toFixed(4)}, popularity alone ${report.gains.popularity.mean.toFixed(4)} on its own titles`,
  )
  const positives = shuffle(
    drawn.pairs.map(({ positive }) => positive),
    createRandom(seed),
  )
  const shuffled = drawn.pairs.map((pair, place) => ({ ...pair, positive: positives[place]! }))
  const refusals = {
    'labels dealt out at random': (await learnOn(model, drawn, shuffled)).report,
    '100 pairs': (await learnOn(model, drawn, drawn.pairs.slice(0, 100))).report,
  }
  const least = (what: string, measured: number, limit: number): Target => {
    return { name: `${name}: ${what}`, measured, atBest: measured, limit, sense: 'at least' }
  }
  const [ofMicro, ofMacro, ofFresh] = DEMANDS[model.kind]
  return [
    least('gain in MRR on unseen titles', micro!, ofMicro),
    least('the same, each label once', macro!, ofMacro),
    least('labels without pairs', fresh!, ofFresh),
    least('better, and written', report.decision.ships ? 1 : 0, 1),
    ...Object.entries(refusals).map(([what, { decision }]) =>
      least(`${what} refused`, decision.ships ? 0 : 1, 1),
    ),
    {
      name: `${name}: CPU s a seed`,
      measured: seconds,
      atBest: seconds,
      limit: MOST_SECONDS,
      sense: 'at most',
    },
  ]
}

/** Learns, and counts the CPU seconds of one fit. */
async function learnOn(
  model: BaseModel,
  { labels, unseen }: Drawn,
  pairs: readonly LearningPair[],
): Promise<{ readonly report: LearningReport; readonly seconds: number }> {
  const guards = [{ kind: 'pairs' as const, name: 'unseen', pairs: unseen }]
  let begun: NodeJS.CpuUsage | undefined
  let microseconds = 0
  const request = { pairs, labels, guards, placeOf: (row: number) => `title ${row + 1}` }
  const { report } = await learn(request, {
    model,
    context: createContext(),
    onFit({ epoch }) {
      if (epoch === 0) begun = process.cpuUsage()
      else {
        const { user, system } = process.cpuUsage(begun)
        microseconds += user + system
        begun = process.cpuUsage()
      }
    },
  })
  return { report, seconds: microseconds / 1e6 / report.seeds.length }
}
