/** One measured score of a model. */
interface ModelScore {
  /** Of query and document: `zh-en`. */
  readonly languages: string
  readonly task: string
  readonly measure: string
  readonly on: string
  readonly value: number
}

/** One model, as `GET /models` describes it. */
export interface ModelEntry {
  readonly id: string
  readonly aliases: readonly string[]
  readonly task: 'embed' | 'rerank'
  readonly dimensions: number | null
  readonly matryoshka?: readonly number[]
  readonly maxTokens: number
  readonly languages: readonly string[]
  readonly license: string
  readonly precision: string
  readonly bytes: number
  readonly loaded: boolean
  readonly memoryBytes: number
  readonly lastUsedAt: string | null
  readonly deprecated?: unknown
  readonly quality: { readonly note: string; readonly scores: readonly ModelScore[] }
}

/** The scores of a model by pair of languages, pairs and scores in the order in which they come. */
export function scoresByPair(scores: readonly ModelScore[]): [string, ModelScore[]][] {
  const pairs = new Map<string, ModelScore[]>()
  for (const score of scores) pairs.set(score.languages, [...(pairs.get(score.languages) ?? []), score])
  return [...pairs]
}

/** Whether a model speaks a language; those of many languages (`mul`) speak each. */
export function speaks(model: ModelEntry, language: string): boolean {
  return language === '' || model.languages.includes(language) || model.languages.includes('mul')
}

/** Bytes in words: `13 MB`; thousands, as the models' pages count them. */
export function describeBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}
