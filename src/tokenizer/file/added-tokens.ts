import type { AddedToken } from './tokenizer-file.ts'

/** What is done to a text before the model sees it. */
export interface TextSteps {
  normalize(text: string): string
  /** Words of a normalized stretch of text; `section` counts the stretches from 0. */
  split(text: string, section: number): readonly string[]
}

/** A stretch of a text: an added token, by its id, or words for the model. */
type Section = number | readonly string[]

/**
 * Finds the added tokens of a tokenizer.json in texts, and normalizes and splits what lies between them, as
 * `@huggingface/tokenizers` 0.2.0 does: tokens that are not normalized are looked for first, the others in what
 * normalization leaves; of two that start at one place the longer is taken.
 */
export class AddedTokens {
  /** Ids by content, as the vocabulary sees them. */
  readonly contents = new Map<string, number>()
  /** Ids by content and by normalized content: what a section or a model's token of that text becomes. */
  readonly ids = new Map<string, number>()
  readonly #byText = new Map<string, AddedToken>()
  readonly #plain: RegExp | undefined
  readonly #normalized: RegExp | undefined
  readonly #steps: TextSteps

  constructor(tokens: readonly AddedToken[], steps: TextSteps, hasNormalizer: boolean) {
    const plain: string[] = []
    const normalized: string[] = []
    for (const token of tokens) {
      this.contents.set(token.content, token.id)
      this.#byText.set(token.content, token)
      if (token.normalized && hasNormalizer) {
        const text = steps.normalize(token.content)
        normalized.push(text)
        this.#byText.set(text, token)
      } else plain.push(token.content)
    }
    for (const [text, token] of this.#byText) this.ids.set(text, token.id)
    this.#plain = anyOf(plain)
    this.#normalized = anyOf(normalized)
    this.#steps = steps
  }

  sections(text: string): Section[] {
    return this.#split(text, this.#plain).flatMap((part, index) => {
      const id = this.ids.get(part)
      if (id !== undefined && part !== '') return [id]
      const normalized = part === '' ? '' : this.#steps.normalize(part)
      return this.#split(normalized, this.#normalized).flatMap((inner) => this.#section(inner, index))
    })
  }

  #section(text: string, index: number): Section[] {
    if (text === '') return []
    return [this.ids.get(text) ?? this.#steps.split(text, index)]
  }

  /** Parts between added tokens, and these; white space beside those that take it is removed. */
  #split(text: string, pattern: RegExp | undefined): string[] {
    if (text === '') return []
    if (pattern === undefined) return [text]
    const parts = text.split(pattern).filter((part) => part !== '')
    parts.forEach((part, index) => {
      const token = this.#byText.get(part)
      if (token?.lstrip && index > 0) parts[index - 1] = parts[index - 1]!.trimEnd()
      if (token?.rstrip && index < parts.length - 1) parts[index + 1] = parts[index + 1]!.trimStart()
    })
    return parts
  }
}

/** Matches the longest of `texts` at each place, and keeps it when a text is split by it. */
function anyOf(texts: readonly string[]): RegExp | undefined {
  const sorted = texts.filter((text) => text !== '').sort((one, other) => other.length - one.length)
  if (sorted.length === 0) return undefined
  return new RegExp(`(${sorted.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`)
}
