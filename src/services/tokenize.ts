import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import { promptOf } from '../models/catalog/prompt.ts'
import type { Engine } from '../models/engine/engine.ts'

/** Texts to show as a model's tokens. */
interface TokenizePlan {
  readonly texts: readonly string[]
  /** An id or alias of the catalog; the service's default when absent. */
  readonly model?: string | undefined
  /** Names the prompt of the manifest to put before each text. */
  readonly role?: string | undefined
  /** Whether to show the tokens that the model has around each text. */
  readonly specialTokens: boolean
  /** Most bytes of the answer. */
  readonly maxBytes: number
}

/** Shows how models cut texts into tokens. */
export interface TokenizeService {
  /**
   * The tokens of each text as the engine writes them, in JSON.
   *
   * @throws AppError `unknown_model`; `payload_too_large` for texts that are too long, each or together, or have too
   * many tokens; or what loading the tokenizer throws
   */
  run(plan: TokenizePlan, context: Context): Promise<Uint8Array<ArrayBuffer>>
}

/** Characters of one text: a text is tokenized in one go, 100,000 of them in some 0.5 s. */
export const LONGEST_TEXT = 100_000
/** Characters of all texts together. */
export const MOST_CHARACTERS = 2_000_000

function requireShort(texts: readonly string[]): void {
  const long = texts.findIndex((text) => text.length > LONGEST_TEXT)
  if (long >= 0) {
    const got = `The field inputs[${long}] has ${texts[long]!.length} characters`
    throw tooLong(got, LONGEST_TEXT, `inputs[${long}]`)
  }
  const all = texts.reduce((sum, text) => sum + text.length, 0)
  if (all > MOST_CHARACTERS)
    throw tooLong(`The texts have ${all} characters together`, MOST_CHARACTERS, 'inputs')
}

function tooLong(got: string, max: number, field: string): AppError {
  return new AppError(
    'payload_too_large',
    `${got}; expected at most ${max} to show the tokens of; send parts of the text in several requests.`,
    { details: { field, max } },
  )
}

/** The tokenize service of one process. */
export function createTokenizeService(parts: {
  readonly catalog: Catalog
  readonly engine: Engine
  readonly defaultModel: string
}): TokenizeService {
  const { catalog, engine, defaultModel } = parts
  return {
    async run({ texts, model = defaultModel, role, specialTokens, maxBytes }, context) {
      requireShort(texts)
      const manifest = catalog.resolve(model)
      const prompt = promptOf(manifest, role)
      const job = { model: manifest.id, texts: texts.map((text) => prompt + text), specialTokens, maxBytes }
      return engine.tokenize(job, context)
    },
  }
}
