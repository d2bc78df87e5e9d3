import { type Context, createContext, linkContext, throwIfDone, withinContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Store } from '../../storage/store.ts'
import type { TokenTexts } from '../../tokenizer/token-texts.ts'
import type { Manifest } from '../catalog/manifest.ts'
import { locateArtifacts } from '../files/artifacts.ts'
import type { DiskCache } from '../files/cache.ts'
import type { Place, TokenizeJob } from './engine.ts'

/** Shows the tokens of texts for the models of an engine. */
interface TokenizerCache {
  tokenize(
    manifest: Manifest,
    job: TokenizeJob,
    context: Context,
    place?: Place,
  ): Promise<Uint8Array<ArrayBuffer>>
  /** Ends a load that goes on. */
  close(): void
}

/** Where tokenizers come from. */
interface TokenizerSources {
  readonly stores: readonly Store[]
  readonly cache?: DiskCache | undefined
}

/** Loads a model's tokenizer, without the model, when its tokens are asked for; the last one stays in memory. */
export function createTokenizerCache(parts: TokenizerSources): TokenizerCache {
  const loads = linkContext(createContext({ requestId: 'load' }))
  let last: { readonly model: string; readonly tokenizer: Promise<TokenTexts>; loaded: boolean } | undefined
  const tokenizerOf = (manifest: Manifest): Promise<TokenTexts> => {
    if (last?.model === manifest.id) return last.tokenizer
    const tokenizer = load(manifest, parts, loads.context)
    const loading = { model: manifest.id, tokenizer, loaded: false }
    last = loading
    tokenizer.then(
      () => {
        loading.loaded = true
      },
      () => {
        if (last === loading) last = undefined
      },
    )
    return tokenizer
  }
  return {
    async tokenize(manifest, job, context, place) {
      const waits = last?.model !== manifest.id || !last.loaded
      if (waits) place?.leave()
      const tokenizer = await withinContext(context, tokenizerOf(manifest))
      if (waits) await place?.comeBack()
      return writeTokens(tokenizer, job, context)
    },
    close() {
      loads.abort(new AppError('overloaded', 'The engine is closing; try again elsewhere.'))
      loads.unlink()
    },
  }
}

/** Writes the tokens down text by text; between two texts other jobs of this thread have their turn. */
async function writeTokens(
  tokenizer: TokenTexts,
  { texts, specialTokens, maxBytes }: TokenizeJob,
  context: Context,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = []
  let bytes = '[]'.length
  for (const text of texts) {
    throwIfDone(context)
    const part = Buffer.from(
      `${parts.length === 0 ? '[' : ','}${JSON.stringify(tokenizer.textsOf(text, specialTokens))}`,
    )
    parts.push(part)
    bytes += part.byteLength
    if (bytes > maxBytes) throw tooLarge(bytes, parts.length, maxBytes)
    await new Promise((resolve) => setImmediate(resolve))
  }
  parts.push(Buffer.from(parts.length === 0 ? '[]' : ']'))
  const answer = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    answer.set(part, at)
    at += part.byteLength
  }
  return answer
}

function tooLarge(bytes: number, texts: number, maxBytes: number): AppError {
  return new AppError(
    'payload_too_large',
    `The tokens of the first ${texts} texts take ${bytes} bytes; expected at most ${maxBytes} in an answer; send fewer or shorter texts.`,
    { details: { field: 'inputs', maxResponseBytes: maxBytes } },
  )
}

async function load(
  manifest: Manifest,
  { stores, cache }: TokenizerSources,
  context: Context,
): Promise<TokenTexts> {
  // Imported by the first call, because most processes never show tokens.
  const { loadTokenTexts } = await import('../../tokenizer/token-texts.ts')
  const artifacts = await locateArtifacts(manifest, stores, { cache, context })
  try {
    return await loadTokenTexts(await artifacts.verifiedText(manifest.tokenizer), manifest)
  } finally {
    artifacts.release()
  }
}
