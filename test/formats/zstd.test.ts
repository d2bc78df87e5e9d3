import { Decompress } from 'fzstd'
import { describe, expect, it } from 'vitest'
import xxhash from 'xxhash-wasm'
import { readAll } from '../support/record-readers.ts'

/** A frame of blocks as they are, with its checksum. */
async function frameOf(text: string, { checksum = true, windowByte = 0 } = {}): Promise<Buffer> {
  const content = Buffer.from(text)
  const blocks: Buffer[] = []
  for (let start = 0; start === 0 || start < content.length; start += 1000) {
    const part = content.subarray(start, start + 1000)
    const header = Buffer.alloc(3)
    header.writeUIntLE((part.length << 3) | (start + 1000 >= content.length ? 1 : 0), 0, 3)
    blocks.push(header, part)
  }
  const hash = Buffer.alloc(checksum ? 4 : 0)
  if (checksum) hash.writeUInt32LE(Number((await xxhash()).h64Raw(content) & 0xffffffffn))
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, checksum ? 4 : 0, windowByte]), ...blocks, hash])
}

const SKIPPED = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
const lines = 'a line\n'.repeat(500)
const read = (bytes: Buffer, chunkBytes = 7) => readAll('lines', bytes, { compression: 'zstd', chunkBytes })
const refused = (bytes: Buffer, message: RegExp) =>
  expect(read(bytes)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(message),
  })

describe('files packed with zstd', () => {
  it('may have several frames, with and without checksums, and frames to skip', async () => {
    const frames = [
      await frameOf(lines),
      SKIPPED,
      await frameOf(''),
      await frameOf(lines, { checksum: false }),
    ]
    expect(await read(Buffer.concat(frames))).toHaveLength(1000)
    expect(await read(Buffer.concat([SKIPPED, ...frames]), 100_000)).toHaveLength(1000)
  })

  it('may have blocks of one byte, repeated', async () => {
    const repeated = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, (5 << 3) | 3, 0, 0, 0x61])
    expect((await read(repeated)).map(({ fields }) => fields)).toEqual([{ text: 'aaaaa' }])
  })

  it('are refused when a byte of the content has changed', async () => {
    const packed = await frameOf(lines)
    packed[20] = 'b'.charCodeAt(0)
    await refused(packed, /no whole zstd file: what it unpacks to does not match its checksum; pack and send/)
  })

  it('are refused wherever they are cut', async () => {
    const packed = await frameOf('some text')
    for (let length = 0; length < packed.length; length++) {
      await refused(packed.subarray(0, length), /it ends too early|it is empty/)
    }
  })

  it('are refused when other bytes follow, or come first', async () => {
    await refused(
      Buffer.concat([await frameOf(lines), Buffer.from('rest')]),
      /other bytes follow its last frame/,
    )
    await refused(Buffer.from('id,text\n1,a\n'), /it does not begin as one/)
  })

  it('are refused when the window is larger than 128 MiB, before any memory is taken for it', async () => {
    expect(await read(await frameOf('text', { windowByte: (27 - 10) << 3 }))).toHaveLength(1)
    await refused(
      await frameOf('text', { windowByte: ((27 - 10) << 3) | 1 }),
      /window of 150994944 bytes; expected at most 134217728; pack it without --long/,
    )
    const single = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0]
    await refused(Buffer.from([...single, 1, 0, 0]), /window of 4294967296 bytes/)
  })

  it('are refused when they unpack to another size than they tell', async () => {
    const block = [...[(4 << 3) | 1, 0, 0], ...Buffer.from('text')]
    const start = [0x28, 0xb5, 0x2f, 0xfd]
    expect(await read(Buffer.from([...start, 0x20, 4, ...block]))).toHaveLength(1)
    await refused(Buffer.from([...start, 0x20, 9, ...block]), /unpacks to 4 bytes where it tells of 9/)
    await refused(Buffer.from([...start, 0x60, 0, 0, ...block]), /where it tells of 256/)
  })

  it('are refused when they need a dictionary, or bits that no version has', async () => {
    const start = [0x28, 0xb5, 0x2f, 0xfd]
    await refused(Buffer.from([...start, 1, 0, 7, 1, 0, 0]), /packed with a dictionary/)
    await refused(Buffer.from([...start, 8, 0, 1, 0, 0]), /a reserved bit/)
    await refused(Buffer.from([...start, 0, 0, 7, 0, 0]), /no known kind or size/)
    await refused(Buffer.from([...start, 0, 0, 0xf9, 0xff, 0xff]), /no known kind or size/)
    // A packed block that says nothing sensible.
    await refused(
      Buffer.from([...start, 0, 0, (8 << 3) | 5, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
      /no whole zstd/,
    )
  })

  it('would not be refused by the library, which is why the checks are there', async () => {
    const packed = await frameOf(lines)
    packed[20] = 'b'.charCodeAt(0)
    const chunks: Uint8Array[] = []
    new Decompress((chunk) => chunks.push(chunk)).push(packed, true)
    expect(Buffer.concat(chunks).toString()).toContain('b')
  })
})
