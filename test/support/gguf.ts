/** A value of a written header: a type of the format and its bytes, or a plain text, number (uint32) or list of texts. */
type WrittenValue =
  | string
  | number
  | readonly string[]
  | { readonly type: number; readonly bytes: Uint8Array }

/** A tensor of a written header. Its data is left to the caller: zeros are appended. */
interface WrittenTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly type?: number
  readonly offset?: number
}

/** What to write, over a small decoder that is right. */
export interface WrittenGguf {
  readonly version?: number
  /** Keys to change or add; `undefined` takes one out. */
  readonly values?: Readonly<Record<string, WrittenValue | undefined>>
  readonly tensors?: readonly WrittenTensor[]
  /** Bytes of data behind the header. */
  readonly dataBytes?: number
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const u64 = (value: number | bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

/** A text as the format has it: its length in 8 bytes, and UTF-8. */
export function ggufText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([u64(bytes.length), bytes])
}

/** A list of int32. */
export function ggufIntegers(values: readonly number[]): { type: number; bytes: Uint8Array } {
  return { type: 9, bytes: Buffer.concat([u32(5), u64(values.length), ...values.map(u32)]) }
}

function valueBytes(value: WrittenValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(8), ggufText(value)])
  if (typeof value === 'number') return Buffer.concat([u32(4), u32(value)])
  if ('type' in value) return Buffer.concat([u32(value.type), value.bytes])
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(ggufText)])
}

const PIECES = ['<s>', '</s>', '<|im_start|>', 'a']

/** The values of a right decoder of the architecture `llama`, 8 wide, of 2 layers. */
const VALUES: Readonly<Record<string, WrittenValue>> = {
  'general.architecture': 'llama',
  'general.name': 'written',
  'llama.context_length': 128,
  'llama.embedding_length': 8,
  'llama.block_count': 2,
  'llama.attention.head_count': 2,
  'llama.attention.head_count_kv': 1,
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.tokens': PIECES,
  'tokenizer.ggml.token_type': ggufIntegers([3, 3, 4, 1]),
  'tokenizer.ggml.bos_token_id': 0,
  'tokenizer.ggml.eos_token_id': 1,
}

/** The bytes of a GGUF file with zeros for weights. */
export function writeGguf(parts: WrittenGguf = {}): Buffer {
  const { version = 3, tensors = [{ name: 'token_embd.weight', shape: [8, 4] }], dataBytes = 4096 } = parts
  const values = Object.entries({ ...VALUES, ...parts.values }).filter(([, value]) => value !== undefined)
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(values.length),
    ...values.flatMap(([key, value]) => [ggufText(key), valueBytes(value!)]),
    ...tensors.flatMap(({ name, shape, type = 0, offset = 0 }) => [
      ggufText(name),
      u32(shape.length),
      ...shape.map(u64),
      u32(type),
      u64(offset),
    ]),
  ])
  return Buffer.concat([header, Buffer.alloc(((32 - (header.length % 32)) % 32) + dataBytes)])
}
