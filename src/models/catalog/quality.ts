/** One measured score of a model. */
interface QualityScore {
  /** Of query and document: `zh-en`. */
  readonly languages: string
  readonly task: string
  /** `MRR`, `Spearman`, …: from 0 to 1, correlations from -1; higher is better. */
  readonly measure: string
  /** The set that it was measured on, by the name that `npm run evaluate` prints. */
  readonly on: string
  readonly value: number
  /** Bounds of the 95 % interval: Wilson's for a share, else the percentile bootstrap over the items of the set. */
  readonly low: number
  readonly high: number
}

/** What was measured of a model, and with which weights. */
interface ModelQuality {
  readonly revision: string
  /** Number format of the weights that were measured. */
  readonly precision: string
  readonly scores: readonly QualityScore[]
}

/** Measured quality by the ids of models: `quality.json`, which `npm run evaluate -- --save` writes. */
export interface QualityFile {
  readonly models: Readonly<Record<string, ModelQuality>>
  /** Rankings by several models at once beside each of them, by the tasks' names. */
  readonly rankings: Readonly<Record<string, readonly RankingQuality[]>>
}

/** What a model or an ensemble reached in a ranking: means with 95 % intervals. */
export interface RankingQuality {
  readonly contender: string
  readonly measured: Readonly<
    Record<string, { readonly mean: number; readonly low: number; readonly high: number }>
  >
}

/** What `GET /models` says of a model's quality. */
export interface QualityNote {
  readonly note: string
  readonly scores: readonly QualityScore[]
}

const NOT_MEASURED: QualityNote = { note: 'not measured here', scores: [] }

/** The quality of models by their ids. The file is read by the first call, never on the way of a text to its vector. */
export async function readQuality(): Promise<(id: string) => QualityNote> {
  const { default: file }: { default: QualityFile } = await import('./quality.json', {
    with: { type: 'json' },
  })
  return (id) => {
    const found = Object.hasOwn(file.models, id) ? file.models[id] : undefined
    if (!found) return NOT_MEASURED
    const note = `measured by npm run evaluate with ${found.precision} weights of revision ${found.revision}`
    return { note, scores: found.scores }
  }
}
