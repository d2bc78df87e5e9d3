import { Cursor, corruptGguf } from './cursor.ts'
import { type GgufTensor, readTensors } from './tensors.ts'
import { type GgufValue, readValue } from './values.ts'

/** The header of a GGUF file, read and checked before anything of llama.cpp sees the file. */
export interface GgufHeader {
  readonly version: number
  readonly values: ReadonlyMap<string, GgufValue>
  readonly tensors: readonly GgufTensor[]
  /** Where the data of the tensors begins, in bytes from the beginning of the file. */
  readonly dataStart: number
}

/**
 * How much of the beginning of a file is read for its header. Qwen's, with 151,936 pieces and as many merges, has
 * 6 MB; Gemma's, with 262,144, has 15.
 */
const MOST_HEADER_BYTES = 64 * 1024 * 1024

const MAGIC = 'GGUF'
const LFS_POINTER = 'version https://git-lfs'
/** The most of any model that is known: 65,535 would be 900 layers of 72 tensors. */
const MOST_TENSORS = 65_535
const MOST_VALUES = 4096
/** As the specification says. */
const MOST_KEY_BYTES = 65_535
const DEFAULT_ALIGNMENT = 32
const MOST_ALIGNMENT = 65_536

/**
 * Reads the header of a GGUF file of version 2 or 3, little-endian. Takes time in proportion to the header's bytes,
 * and memory for its keys, single values and tensors; lists are passed over.
 *
 * @param start the first {@link MOST_HEADER_BYTES} of the file, or all of it when it is shorter
 * @param fileBytes length of the whole file
 * @throws AppError `artifact_corrupt` for anything that is cut, too long, unknown or does not hold together
 */
export function readGgufHeader(start: Uint8Array, fileBytes: number): GgufHeader {
  refuseOther(start, fileBytes)
  const cursor = new Cursor(start.subarray(0, MOST_HEADER_BYTES), MAGIC.length)
  const version = cursor.unsigned(4, 'the version')
  if (version !== 2 && version !== 3) {
    if (version === 0x02000000 || version === 0x03000000) {
      throw corruptGguf(
        'it is big-endian',
        'convert it for this processor: `gguf-convert-endian <file> little`',
      )
    }
    throw corruptGguf(`its version is ${version}; expected 2 or 3`)
  }
  const tensorCount = cursor.whole(MOST_TENSORS, 'the number of tensors')
  const valueCount = cursor.whole(MOST_VALUES, 'the number of values')
  const values = readValues(cursor, valueCount)
  const alignment = alignmentOf(values)
  const tensors = readTensors(cursor, tensorCount, alignment)
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment
  const last = tensors.at(-1)
  const needed = dataStart + (last ? last.offset + last.bytes : 0)
  if (needed > fileBytes) {
    throw corruptGguf(`its tensors need ${needed} bytes and it has ${fileBytes}, so it was cut`)
  }
  return { version, values, tensors, dataStart }
}

function refuseOther(start: Uint8Array, fileBytes: number): void {
  if (fileBytes === 0) throw corruptGguf('it is empty')
  const text = new TextDecoder('latin1').decode(start.subarray(0, LFS_POINTER.length))
  if (text === LFS_POINTER) {
    throw corruptGguf('it is a Git LFS pointer, not the file that it points to (run `git lfs pull`)')
  }
  if (!text.startsWith(MAGIC)) throw corruptGguf(`it does not begin with the letters ${MAGIC}`)
}

function readValues(cursor: Cursor, count: number): Map<string, GgufValue> {
  const values = new Map<string, GgufValue>()
  for (let index = 0; index < count; index++) {
    const key = cursor.text(MOST_KEY_BYTES, `key ${index}`)
    // What a file says is shown to people: a key is cut to what fits a line.
    const shown = JSON.stringify(key.slice(0, 80))
    // llama.cpp ends its process at such a key.
    if (key === '') throw corruptGguf('it has a value without a key')
    if (values.has(key)) throw corruptGguf(`it has the key ${shown} twice`)
    values.set(key, readValue(cursor, cursor.unsigned(4, `the type of ${shown}`), shown))
  }
  return values
}

function alignmentOf(values: ReadonlyMap<string, GgufValue>): number {
  const alignment = values.get('general.alignment') ?? DEFAULT_ALIGNMENT
  const good = typeof alignment === 'number' && Number.isInteger(Math.log2(alignment))
  if (!good || alignment < 1 || alignment > MOST_ALIGNMENT) {
    throw corruptGguf(
      `its alignment is ${JSON.stringify(alignment)}; expected a power of two up to ${MOST_ALIGNMENT}`,
    )
  }
  return alignment
}
