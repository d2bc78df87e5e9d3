import { type Context, createContext, linkContext, withinContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Store } from '../../storage/store.ts'
import type { SpelledToken, Speller } from '../../tokenizer/token-texts.ts'
import type { Manifest } from '../catalog/manifest.ts'
import { locateArtifacts } from '../files/artifacts.ts'
import type { DiskCache } from '../files/cache.ts'
import type { Place, TokenizeJob } from './engine.ts'

/** Shows the tokens of texts for the models of an engine. */
export interface Spellers {
  spell(job: TokenizeJob, context: Context, place?: Place): Promise<SpelledToken[][]>
  /** Ends a load that goes on. */
  close(): void
}

/** Where tokenizers come from. */
export interface SpellersParts {
  readonly stores: readonly Store[]
  readonly cache?: DiskCache | undefined
}

/** Loads a model's tokenizer, without the model, when its tokens are asked for; the last one stays in memory. */
export function createSpellers(manifests: ReadonlyMap<string, Manifest>, parts: SpellersParts): Spellers {
  const loads = linkContext(createContext({ requestId: 'load' }))
  let last: { readonly model: string; readonly speller: Promise<Speller>; loaded: boolean } | undefined
  const spellerOf = (manifest: Manifest): Promise<Speller> => {
    if (last?.model === manifest.id) return last.speller
    const speller = load(manifest, parts, loads.context)
    const loading = { model: manifest.id, speller, loaded: false }
    last = loading
    speller.then(
      () => {
        loading.loaded = true
      },
      () => {
        if (last === loading) last = undefined
      },
    )
    return speller
  }
  return {
    async spell({ model, texts, specialTokens }, context, place) {
      const manifest = manifests.get(model)
      if (!manifest)
        throw new AppError('unknown_model', `The engine has no model ${model}; add it to the catalog.`)
      const waits = last?.model !== model || !last.loaded
      if (waits) place?.leave()
      const speller = await withinContext(context, spellerOf(manifest))
      if (waits) await place?.comeBack()
      return texts.map((text) => speller.spell(text, specialTokens))
    },
    close() {
      loads.abort(new AppError('overloaded', 'The engine is closing; try again elsewhere.'))
      loads.unlink()
    },
  }
}

async function load(
  manifest: Manifest,
  { stores, cache }: SpellersParts,
  context: Context,
): Promise<Speller> {
  // Seldom asked for, hence imported by the first call.
  const { loadSpeller } = await import('../../tokenizer/token-texts.ts')
  const artifacts = await locateArtifacts(manifest, stores, { cache, context })
  try {
    return await loadSpeller(await artifacts.verifiedText(manifest.tokenizer), manifest)
  } finally {
    artifacts.release()
  }
}
