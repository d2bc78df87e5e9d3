import type { Context } from '../context.ts'
import type { Catalog } from '../models/catalog/catalog.ts'
import { promptOf } from '../models/catalog/prompt.ts'
import type { Engine } from '../models/engine/engine.ts'
import type { SpelledToken } from '../tokenizer/token-texts.ts'

/** Texts to show as a model's tokens. */
export interface TokenizePlan {
  readonly texts: readonly string[]
  /** An id or alias of the catalog; the service's default when absent. */
  readonly model?: string | undefined
  /** Names the prompt of the manifest to put before each text. */
  readonly role?: string | undefined
  /** Whether to show the tokens that the model has around each text. */
  readonly specialTokens: boolean
}

/** Shows how models cut texts into tokens. */
export interface TokenizeService {
  /** The tokens of each text. @throws AppError `unknown_model`, or what loading the tokenizer throws */
  run(plan: TokenizePlan, context: Context): Promise<SpelledToken[][]>
}

/** The tokenize service of one process. */
export function createTokenizeService(parts: {
  readonly catalog: Catalog
  readonly engine: Engine
  readonly defaultModel: string
}): TokenizeService {
  const { catalog, engine, defaultModel } = parts
  return {
    async run({ texts, model = defaultModel, role, specialTokens }, context) {
      const manifest = catalog.resolve(model)
      const prompt = promptOf(manifest, role)
      const job = { model: manifest.id, texts: texts.map((text) => prompt + text), specialTokens }
      return engine.tokenize(job, context)
    },
  }
}
