import { corruptGguf } from './cursor.ts'
import type { GgufHeader } from './header.ts'
import { sizeOf, textOf } from './numbers.ts'

/** The sizes of a decoder. */
export interface GgufShape {
  /** The name in llama.cpp. */
  readonly architecture: Architecture
  /** Tokens of prompt and answer together that the model was made for. */
  readonly contextTokens: number
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  /** Bytes of the key-value cache for one token, keys and values in 16 bits. */
  readonly kvBytesPerToken: number
}

/**
 * Held to reference tokens of other implementations. Files of another architecture may well work in llama.cpp;
 * nobody has checked what they answer here.
 */
const ARCHITECTURES = ['gpt2', 'llama', 'qwen', 'qwen2', 'qwen3', 'baichuan', 'chatglm', 'gemma3'] as const

/** One of {@link ARCHITECTURES}. */
type Architecture = (typeof ARCHITECTURES)[number]

const MOST_WIDTH = 65_536
const MOST_LAYERS = 1024
const MOST_HEADS = 1024
const MOST_CONTEXT = 16_777_216
const KV_BYTES = 2
/** llama.cpp takes a baichuan file of another number of layers for a model without positions, and says nothing. */
const BAICHUAN_LAYERS = [32, 40]

/**
 * The sizes that a header gives, held to each other.
 *
 * @throws AppError `artifact_corrupt` for an unknown architecture, a missing or impossible size
 */
export function readShape(header: GgufHeader): GgufShape {
  const architecture = architectureOf(header)
  const size = (name: string, most: number, otherwise?: number) =>
    sizeOf(header, `${architecture}.${name}`, most, otherwise)
  const width = size('embedding_length', MOST_WIDTH)
  const layers = size('block_count', MOST_LAYERS)
  const heads = size('attention.head_count', MOST_HEADS)
  const kvHeads = size('attention.head_count_kv', MOST_HEADS, heads)
  if (heads % kvHeads !== 0) {
    throw corruptGguf(`its ${heads} heads cannot share ${kvHeads} key-value heads evenly`)
  }
  const own = header.values.has(`${architecture}.attention.key_length`)
  if (!own && width % heads !== 0) {
    throw corruptGguf(`its width of ${width} cannot be divided among ${heads} heads`)
  }
  const keyLength = size('attention.key_length', MOST_WIDTH, Math.floor(width / heads))
  const valueLength = size('attention.value_length', MOST_WIDTH, keyLength)
  if (architecture === 'baichuan' && !BAICHUAN_LAYERS.includes(layers)) {
    throw corruptGguf(`it is a baichuan model of ${layers} layers; llama.cpp knows those of 32 and 40 alone`)
  }
  return {
    architecture,
    contextTokens: size('context_length', MOST_CONTEXT),
    width,
    layers,
    heads,
    kvHeads,
    kvBytesPerToken: layers * kvHeads * (keyLength + valueLength) * KV_BYTES,
  }
}

function architectureOf(header: GgufHeader): Architecture {
  const name = textOf(header, 'general.architecture')
  if (name === undefined) throw corruptGguf('it lacks the key general.architecture')
  const known = ARCHITECTURES.find((architecture) => architecture === name)
  if (known) return known
  throw corruptGguf(
    `its architecture is ${JSON.stringify(name.slice(0, 40))}; expected one of those proven here, ${ARCHITECTURES.join(', ')}`,
    'take another model, or have a server of its own run it (GENERATE_ENDPOINT)',
  )
}
