import type { Decompress } from 'fzstd'
import type { XXHash } from 'xxhash-wasm'
import type { Chunks } from './byte-source.ts'

/** `fzstd` and other readers keep the whole window in memory; `zstd -d` itself asks for --long beyond 128 MiB. */
const MOST_WINDOW_BYTES = 128 * 1024 * 1024
/** Of a block, packed or unpacked; the format allows no more. */
const MOST_BLOCK_BYTES = 128 * 1024

const FRAME = 0xfd2fb528
/** Any of sixteen numbers. */
const SKIPPABLE = 0x184d2a50

/** Makes the error for what is wrong with the file. */
type Damage = (what: string) => Error

/** What the beginning of a frame says. */
interface FrameHeader {
  /** The whole of it. */
  readonly bytes: Uint8Array
  /** Bytes of the whole content, where the frame tells. */
  readonly contentBytes: number | undefined
  readonly hasChecksum: boolean
}

/**
 * The content of zstd frames, one block (128 KiB at most) at a time. Frames may follow each other, skippable ones are
 * passed over, and memory is the frame's window, 128 MiB at most.
 *
 * `fzstd` unpacks (8 kB minified; 30 MB a second and more on a busy core, 3 with a window of 128 MiB, which it moves
 * for every block), and looks neither at checksums nor at what follows a frame: both are checked here, with
 * `xxhash-wasm` (11 kB), because Node 20 has no zstd of its own.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc8878
 *
 * @throws Error that says what is wrong; what reading `packed` throws is passed on as it is
 */
export async function* readZstd(packed: Chunks, damaged: Damage): AsyncGenerator<Uint8Array, void> {
  const { Decompress } = await import('fzstd')
  const { default: loadHashes } = await import('xxhash-wasm')
  const { create64 } = await loadHashes()
  const reader = createByteReader(packed, damaged)
  let frames = 0
  try {
    for (; await reader.more(); frames++) {
      const magic = await reader.uint32()
      if (magic >= SKIPPABLE && magic < SKIPPABLE + 16) await reader.skip(await reader.uint32())
      else if (magic === FRAME) yield* readFrame(reader, { Decompress, hash: create64() }, damaged)
      else throw damaged(frames === 0 ? 'it does not begin as one' : 'other bytes follow its last frame')
    }
    if (frames === 0) throw damaged('it is empty')
  } finally {
    await reader.close()
  }
}

/** What one frame is read with. */
interface FrameTools {
  readonly Decompress: typeof Decompress
  readonly hash: XXHash<bigint>
}

async function* readFrame(
  reader: ByteReader,
  { Decompress, hash }: FrameTools,
  damaged: Damage,
): AsyncGenerator<Uint8Array, void> {
  const header = await readHeader(reader, damaged)
  let ready: Uint8Array[] = []
  const stream = new Decompress((chunk) => ready.push(chunk))
  const push = (chunk: Uint8Array, last: boolean) => {
    ready = []
    try {
      stream.push(chunk, last)
    } catch (cause) {
      throw damaged((cause as Error).message)
    }
    return ready
  }
  push(header.bytes, false)
  let bytes = 0
  for (let last = false; !last; ) {
    const block = await readBlock(reader, damaged)
    last = block.last
    const checksum = await reader.take(last && header.hasChecksum ? 4 : 0)
    for (const chunk of push(Buffer.concat([block.bytes, checksum]), last)) {
      hash.update(chunk)
      bytes += chunk.length
      if (chunk.length > 0) yield chunk
    }
    if (checksum.length > 0 && Number(hash.digest() & 0xffffffffn) !== uint32At(checksum)) {
      throw damaged('what it unpacks to does not match its checksum')
    }
  }
  if (header.contentBytes === undefined || bytes === header.contentBytes) return
  throw damaged(`it unpacks to ${bytes} bytes where it tells of ${header.contentBytes}`)
}

/** A frame's header behind its magic number. */
async function readHeader(reader: ByteReader, damaged: Damage): Promise<FrameHeader> {
  const descriptor = (await reader.take(1))[0]!
  const isSingle = (descriptor & 32) !== 0
  if (descriptor & 8) throw damaged('a reserved bit of its header is set')
  if (descriptor & 3)
    throw damaged('it was packed with a dictionary, which it does not contain; pack it without')
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const rest = await reader.take((isSingle ? 0 : 1) + sizeBytes)
  const size = Buffer.from(rest.subarray(rest.length - sizeBytes))
  // Two bytes begin to count where one ends.
  const told = sizeBytes === 8 ? Number(size.readBigUInt64LE()) : sizeBytes && size.readUIntLE(0, sizeBytes)
  const contentBytes = sizeBytes === 0 ? undefined : told + (sizeBytes === 2 ? 256 : 0)
  const base = 2 ** (10 + (rest[0]! >> 3))
  const windowBytes = isSingle ? contentBytes! : base + (base / 8) * (rest[0]! & 7)
  if (windowBytes > MOST_WINDOW_BYTES) {
    throw damaged(
      `unpacking it takes a window of ${windowBytes} bytes; expected at most ${MOST_WINDOW_BYTES}; pack it without --long, or with --long=27`,
    )
  }
  return {
    bytes: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor, ...rest),
    contentBytes,
    hasChecksum: (descriptor & 4) !== 0,
  }
}

/** A block with its header. */
async function readBlock(reader: ByteReader, damaged: Damage) {
  const header = await reader.take(3)
  const bits = Buffer.from(header).readUIntLE(0, 3)
  const [size, kind] = [bits >> 3, (bits >> 1) & 3]
  if (kind === 3 || size > MOST_BLOCK_BYTES) throw damaged('a block of it has no known kind or size')
  const content = await reader.take(kind === 1 ? 1 : size)
  return { last: (bits & 1) === 1, bytes: Buffer.concat([header, content]) }
}

/** Takes bytes off chunks, of which it holds one. */
interface ByteReader {
  /** Whether any byte is left. */
  more(): Promise<boolean>
  /** So many bytes; never a part of them. */
  take(count: number): Promise<Uint8Array>
  skip(count: number): Promise<void>
  uint32(): Promise<number>
  /** Ends the chunks, read or not. */
  close(): Promise<void>
}

function createByteReader(chunks: Chunks, damaged: Damage): ByteReader {
  const source = chunks[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array()
  const more = async () => {
    while (chunk.length === 0) {
      const { value, done } = await source.next()
      if (done) return false
      chunk = value
    }
    return true
  }
  /** The next bytes, `most` of them or fewer. */
  const next = async (most: number) => {
    if (!(await more())) throw damaged('it ends too early')
    const part = chunk.subarray(0, most)
    chunk = chunk.subarray(part.length)
    return part
  }
  const take = async (count: number) => {
    const bytes = new Uint8Array(count)
    for (let filled = 0; filled < count; ) {
      const part = await next(count - filled)
      bytes.set(part, filled)
      filled += part.length
    }
    return bytes
  }
  return {
    more,
    take,
    async skip(count) {
      for (let left = count; left > 0; ) left -= (await next(left)).length
    },
    uint32: async () => uint32At(await take(4)),
    async close() {
      await source.return?.()
    },
  }
}

function uint32At(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE()
}
