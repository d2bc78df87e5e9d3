/** One measured score of a model. */
interface ModelScore {
  /** Of query and document: `zh-en`. */
  readonly languages: string
  readonly task: string
  readonly measure: string
  readonly on: string
  readonly value: number
}

/** What `GET /models` says of a model that was learned from pairs. */
export interface LearnedEntry {
  readonly side: string
  readonly base: string
  /** The day, `2026-11-28`. */
  readonly date: string
  readonly data: { readonly counts: Readonly<Record<string, number>> }
  /** Set when the report spoke against it. */
  readonly forced?: boolean
  /** Set when there is a report. */
  readonly report?: string
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
  readonly learned?: LearnedEntry
  readonly quality: { readonly note: string; readonly scores: readonly ModelScore[] }
}

/** One language model, as `GET /models` describes it under `generators`. */
export interface GeneratorEntry {
  readonly id: string
  /** What it may be used for: chat, judge. */
  readonly tasks: readonly string[]
  /** `remote` for one that runs on another server. */
  readonly runtime: string
  readonly languages: readonly string[]
  /** Why it cannot be asked, in a sentence. */
  readonly problem: string | null
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
