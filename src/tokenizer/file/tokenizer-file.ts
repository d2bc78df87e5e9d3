import { AppError } from '../../errors.ts'
import { isRecord } from '../../is-record.ts'

/** A piece of text that a tokenizer treats as one token wherever it stands, such as `[MASK]`. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  readonly special?: boolean
  readonly normalized?: boolean
  readonly lstrip?: boolean
  readonly rstrip?: boolean
}

/** A component of a tokenizer.json: its type, and settings that differ by type. */
export interface TokenizerComponent {
  readonly type: string
  readonly [setting: string]: unknown
}

/** The parts of a tokenizer.json (the format of Hugging Face `tokenizers`) that are read here. */
export interface TokenizerFile {
  readonly added_tokens: readonly AddedToken[]
  readonly normalizer: TokenizerComponent | null
  readonly pre_tokenizer: TokenizerComponent | null
  readonly post_processor: TokenizerComponent | null
  readonly padding: { readonly pad_id?: number } | null
  readonly model: TokenizerComponent
}

/** The error of a tokenizer.json that cannot be used: what was expected, and what was found. */
export function unusableTokenizer(expected: string, got: string, cause?: unknown): AppError {
  const message = `The tokenizer file cannot be used: expected ${expected}, got ${got}. Fetch the model again or correct its tokenizer.json.`
  return new AppError('artifact_corrupt', message, { details: { expected, got }, cause })
}

function component(value: unknown, name: string): TokenizerComponent | null {
  if (value === null || value === undefined) return null
  if (!isRecord(value)) throw unusableTokenizer(`an object or null as ${name}`, typeof value)
  // A model without a type is told apart by its fields; the library does the same.
  return { ...value, type: typeof value.type === 'string' ? value.type : '' }
}

function addedToken(value: unknown): AddedToken {
  if (isRecord(value) && typeof value.id === 'number' && typeof value.content === 'string') {
    const flag = (name: string) => value[name] === true
    const { id, content } = value
    const special = flag('special')
    const normalized = typeof value.normalized === 'boolean' ? value.normalized : !special
    return { id, content, special, normalized, lstrip: flag('lstrip'), rstrip: flag('rstrip') }
  }
  throw unusableTokenizer('added_tokens with an id and a content each', JSON.stringify(value) ?? 'nothing')
}

/**
 * Checks the outline of a parsed tokenizer.json and fills in what older files leave out.
 *
 * @throws AppError `artifact_corrupt` when it has no model
 */
export function checkTokenizerFile(value: unknown): TokenizerFile {
  if (!isRecord(value))
    throw unusableTokenizer('a JSON object', Array.isArray(value) ? 'an array' : typeof value)
  const model = component(value.model, 'model')
  if (model === null) throw unusableTokenizer('a model section', 'none')
  const added = value.added_tokens ?? []
  if (!Array.isArray(added)) throw unusableTokenizer('an array as added_tokens', typeof added)
  const padding = isRecord(value.padding) ? value.padding : null
  return {
    added_tokens: added.map(addedToken),
    normalizer: component(value.normalizer, 'normalizer'),
    pre_tokenizer: component(value.pre_tokenizer, 'pre_tokenizer'),
    post_processor: component(value.post_processor, 'post_processor'),
    padding: padding === null || typeof padding.pad_id !== 'number' ? null : { pad_id: padding.pad_id },
    model,
  }
}

/**
 * Parses the text of a tokenizer.json.
 *
 * @throws AppError `artifact_corrupt` when it is not one
 */
export function parseTokenizerFile(json: string): TokenizerFile {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw unusableTokenizer('JSON', `${json.length} characters that are not JSON`, error)
  }
  return checkTokenizerFile(value)
}
