import type { EntrantName } from './programs.ts'
import type { Measure } from './protocol.ts'

/** An entrant in one of its settings. */
export interface Contender {
  readonly entrant: EntrantName
  /** Texts per call; for the floor, most padded tokens in one run. */
  readonly batch: number
  readonly label: string
  /** Whether it has the graph that was optimized when the layer was built; the weights are the same file. */
  readonly prepared: boolean
}

/** The setting in which this project is compared: all texts in one call, batches planned by the engine. */
export const OURS = 'ours, at once'
/** This project without the graph that was optimized ahead: exactly the files that the others have. */
export const PLAIN = 'ours, plain files'
/** The setting of transformers.js that its users take for many texts. */
export const USERS_BATCH = 'transformers.js, 32'

const single = (entrant: EntrantName): Contender => ({
  entrant,
  batch: 1,
  label: entrant,
  prepared: entrant === 'ours',
})
const batched = (entrant: EntrantName, batches: readonly number[]): Contender[] =>
  batches.map((batch) => ({
    entrant,
    batch,
    label: `${entrant}, ${batch}`,
    prepared: entrant === 'ours',
  }))

/** Who takes part in a measurement. */
export function contendersOf(measure: Measure, texts: number, peers: boolean): Contender[] {
  const all = measure === 'mixed' ? mixedContenders(texts) : ENTRANTS[measure].map(single)
  if (measure === 'first') all.splice(2, 0, { ...single('ours'), label: PLAIN, prepared: false })
  return all.filter(({ entrant }) => peers || entrant === 'ours' || entrant === 'floor')
}

const ENTRANTS = {
  first: ['floor', 'ours', 'transformers.js', 'fastembed'],
  warm: ['ours', 'transformers.js', 'fastembed'],
} as const

function mixedContenders(texts: number): Contender[] {
  return [
    ...batched('floor', [256, 512, 1024]),
    { entrant: 'ours', batch: texts, label: OURS, prepared: true },
    ...batched('ours', [32, 8, 1]),
    ...batched('transformers.js', [1, 8, 32]),
    ...batched('fastembed', [1, 8, 32, 256]),
  ]
}

/**
 * Who takes part again after the first round: of the floor's and fastembed's settings, which only stand for their
 * best, that one alone.
 */
export function keepBest(
  contenders: readonly Contender[],
  secondsOf: (label: string) => number,
): Contender[] {
  const fastest = (entrant: EntrantName) =>
    contenders
      .filter((contender) => contender.entrant === entrant)
      .reduce<Contender | undefined>(
        (best, contender) => (best && secondsOf(best.label) <= secondsOf(contender.label) ? best : contender),
        undefined,
      )
  const best = [fastest('floor'), fastest('fastembed')]
  return contenders.filter(
    (contender) =>
      best.includes(contender) || contender.entrant === 'ours' || contender.entrant === 'transformers.js',
  )
}
