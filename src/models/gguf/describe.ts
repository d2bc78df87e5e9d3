import { corruptGguf } from './cursor.ts'
import { type GgufHeader, readGgufHeader } from './header.ts'
import { listOf, textOf } from './numbers.ts'
import { type GgufShape, readShape } from './shape.ts'
import { TEXT_TYPE, textsAt } from './values.ts'
import { type GgufVocabulary, readVocabulary } from './vocabulary.ts'

/** What a GGUF file says of the model in it. */
export interface GgufDescription extends GgufShape {
  /** As its maker called it; absent where the file does not say. */
  readonly name?: string
  readonly license?: string
  /** The type that most bytes of its tensors have, for instance `Q4_0`. */
  readonly quantization: string
  readonly parameters: number
  readonly fileBytes: number
  readonly vocabulary: GgufVocabulary
  /** Jinja; absent for a model that was not made to chat, and for some that were. */
  readonly chatTemplate?: string
  /** Whether it ranks pairs by a head of its own, as Qwen3-Reranker does. */
  readonly ranks: boolean
  /** What the first number of that head is the chance of, such as `yes`; absent where the file does not say. */
  readonly rankLabel?: string
}

const MOST_TEMPLATE = 262_144
const RANK_POOLING = 4
const FIRST: ReadonlySet<number> = new Set([0])

/**
 * Describes a GGUF file from its beginning, without llama.cpp.
 *
 * @param start the first 64 MiB of the file, or all of it when it is shorter
 * @param fileBytes length of the whole file
 * @throws AppError `artifact_corrupt` for a file that is damaged, lies about itself, or has an unproven architecture
 */
export function describeGguf(start: Uint8Array, fileBytes: number): GgufDescription {
  const header = readGgufHeader(start, fileBytes)
  refuseParts(header)
  const shape = readShape(header)
  const vocabulary = readVocabulary(start, header)
  holdEmbedding(header, shape, vocabulary)
  const chatTemplate = textOf(header, 'tokenizer.chat_template')
  if (chatTemplate !== undefined && chatTemplate.length > MOST_TEMPLATE) {
    throw corruptGguf(
      `its chat template has ${chatTemplate.length} characters; expected ${MOST_TEMPLATE} at most`,
    )
  }
  const name = remarkOf(header, 'general.name')
  const labels = listOf(header, `${shape.architecture}.classifier.output_labels`)
  const rankLabel = labels?.type === TEXT_TYPE ? textsAt(start, labels, FIRST).get(0) : undefined
  const license = remarkOf(header, 'general.license')
  return {
    ...shape,
    ...(name !== undefined && { name }),
    ...(license !== undefined && { license }),
    quantization: quantizationOf(header),
    parameters: header.tensors.reduce((sum, { shape: sizes }) => sum + sizes.reduce((a, b) => a * b, 1), 0),
    fileBytes,
    vocabulary,
    ...(chatTemplate !== undefined && { chatTemplate }),
    ranks: header.values.get(`${shape.architecture}.pooling_type`) === RANK_POOLING,
    ...(rankLabel !== undefined && { rankLabel }),
  }
}

const MOST_REMARK = 200

/** What is only shown to people, in one line: nothing depends on it, so that it may be of any kind, or absent. */
function remarkOf({ values }: GgufHeader, key: string): string | undefined {
  const value = values.get(key)
  return typeof value === 'string' ? value.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, MOST_REMARK) : undefined
}

/** A model of several files would load its first part alone here. */
function refuseParts({ values }: GgufHeader): void {
  const parts = values.get('split.count')
  if (parts === undefined || parts === 0 || parts === 1) return
  throw corruptGguf(
    'it is one part of several',
    'merge them: `llama-gguf-split --merge <first part> <whole file>`',
  )
}

/** The first matrix shows whether the sizes of the header are those of the weights. */
function holdEmbedding({ tensors }: GgufHeader, { width }: GgufShape, { pieces }: GgufVocabulary): void {
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight')
  if (!embedding) throw corruptGguf('it lacks the tensor token_embd.weight')
  const [columns, rows, ...more] = embedding.shape
  if (columns === width && rows === pieces && more.every((size) => size === 1)) return
  throw corruptGguf(
    `its token_embd.weight is ${embedding.shape.join(' × ')}; its header says ${width} × ${pieces}, width and pieces`,
  )
}

function quantizationOf({ tensors }: GgufHeader): string {
  const bytes = new Map<string, number>()
  for (const tensor of tensors) bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.bytes)
  return [...bytes].sort((one, other) => other[1] - one[1])[0]![0]
}
