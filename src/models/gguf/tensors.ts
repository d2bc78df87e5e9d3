import { type Cursor, corruptGguf } from './cursor.ts'

/** One tensor of a file. */
export interface GgufTensor {
  readonly name: string
  /** Columns first, as ggml counts: a vocabulary of 512 rows of 64 is [64, 512]. */
  readonly shape: readonly number[]
  /** The name of its type in ggml, for instance `Q4_0`. */
  readonly type: string
  /** Bytes after the beginning of the data. */
  readonly offset: number
  readonly bytes: number
}

/** A type of ggml: so many elements take so many bytes. */
interface ElementType {
  readonly name: string
  readonly elements: number
  readonly bytes: number
}

const type = (name: string, elements: number, bytes: number): ElementType => ({ name, elements, bytes })

/** By ggml's number. Those that were removed from ggml are not here, and are refused. */
const TYPES: ReadonlyMap<number, ElementType> = new Map([
  [0, type('F32', 1, 4)],
  [1, type('F16', 1, 2)],
  [2, type('Q4_0', 32, 18)],
  [3, type('Q4_1', 32, 20)],
  [6, type('Q5_0', 32, 22)],
  [7, type('Q5_1', 32, 24)],
  [8, type('Q8_0', 32, 34)],
  [10, type('Q2_K', 256, 84)],
  [11, type('Q3_K', 256, 110)],
  [12, type('Q4_K', 256, 144)],
  [13, type('Q5_K', 256, 176)],
  [14, type('Q6_K', 256, 210)],
  [15, type('Q8_K', 256, 292)],
  [16, type('IQ2_XXS', 256, 66)],
  [17, type('IQ2_XS', 256, 74)],
  [18, type('IQ3_XXS', 256, 98)],
  [19, type('IQ1_S', 256, 50)],
  [20, type('IQ4_NL', 32, 18)],
  [21, type('IQ3_S', 256, 110)],
  [22, type('IQ2_S', 256, 82)],
  [23, type('IQ4_XS', 256, 136)],
  [24, type('I8', 1, 1)],
  [25, type('I16', 1, 2)],
  [26, type('I32', 1, 4)],
  [27, type('I64', 1, 8)],
  [28, type('F64', 1, 8)],
  [29, type('IQ1_M', 256, 56)],
  [30, type('BF16', 1, 2)],
  [34, type('TQ1_0', 256, 54)],
  [35, type('TQ2_0', 256, 66)],
  [39, type('MXFP4', 32, 17)],
])

/** ggml keeps 64 bytes for a name, the last of them zero. */
const MOST_NAME_BYTES = 63
const MOST_DIMENSIONS = 4

/**
 * The tensors of a header, each behind the one before it with nothing but padding between, as llama.cpp asks too: so
 * none lies outside the data or over another one.
 *
 * @param alignment of offsets, a power of two
 * @throws AppError `artifact_corrupt` for a list that is cut or does not hold together
 */
export function readTensors(cursor: Cursor, count: number, alignment: number): GgufTensor[] {
  const tensors: GgufTensor[] = []
  const names = new Set<string>()
  let expected = 0
  for (let index = 0; index < count; index++) {
    const tensor = readTensor(cursor, index)
    const { name, offset, bytes } = tensor
    if (names.has(name)) throw corruptGguf(`it names the tensor ${name} twice`)
    if (offset !== expected) {
      throw corruptGguf(
        `the tensor ${name} begins at ${offset}; expected ${expected}, behind the one before it`,
      )
    }
    names.add(name)
    tensors.push(tensor)
    expected = Math.ceil((offset + bytes) / alignment) * alignment
  }
  return tensors
}

function readTensor(cursor: Cursor, index: number): GgufTensor {
  const name = cursor.text(MOST_NAME_BYTES, `the name of tensor ${index}`)
  const what = `the tensor ${name}`
  const dimensions = cursor.unsigned(4, `the number of dimensions of ${what}`)
  if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
    throw corruptGguf(`${what} has ${dimensions} dimensions; expected 1 to ${MOST_DIMENSIONS}`)
  }
  const shape = Array.from({ length: dimensions }, () => cursor.whole(2 ** 40, `a dimension of ${what}`))
  const number = cursor.unsigned(4, `the type of ${what}`)
  const element = TYPES.get(number)
  if (!element) throw corruptGguf(`${what} has the type ${number}, which is none of ggml's`)
  const bytes = bytesOf(what, shape, element)
  const offset = cursor.whole(Number.MAX_SAFE_INTEGER, `the offset of ${what}`)
  return { name, shape, type: element.name, offset, bytes }
}

function bytesOf(what: string, shape: readonly number[], { name, elements, bytes }: ElementType): number {
  if (shape.includes(0)) throw corruptGguf(`${what} has a dimension of 0`)
  if (shape[0]! % elements !== 0) {
    throw corruptGguf(`${what} has rows of ${shape[0]}; expected a multiple of ${elements} for ${name}`)
  }
  const all = (shape.reduce((product, size) => product * size, 1) / elements) * bytes
  if (!Number.isSafeInteger(all)) throw corruptGguf(`${what} would have ${all} bytes`)
  return all
}
