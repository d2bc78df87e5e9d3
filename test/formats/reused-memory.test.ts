import { expect, test } from 'vitest'
import { createContext } from '../../src/context.ts'
import type { ByteSource } from '../../src/formats/byte-source.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import { readBeyondAscii, readSample } from '../../src/formats/sample.ts'
import { BEGINNING, plainLayout } from '../support/record-readers.ts'

/** A source that reads every chunk into the same memory, as a socket with a buffer of its own does. */
function reusing(text: string, chunkBytes: number): ByteSource {
  const bytes = Buffer.from(text)
  const memory = Buffer.alloc(chunkBytes)
  return {
    bytes: bytes.length,
    async *read(start, end) {
      for (let at = start; at < Math.min(end, bytes.length); at += chunkBytes) {
        const copied = bytes.copy(memory, 0, at, Math.min(at + chunkBytes, end))
        yield memory.subarray(0, copied)
        memory.fill('#')
      }
    },
  }
}

test.each([1, 3, 7, 64])(
  'records that lie in several chunks of %i bytes keep their bytes',
  async (chunkBytes) => {
    const lines = Array.from({ length: 20 }, (_, number) => `{"text":"护士 number ${number}"}`)
    const reader = createRecordReader(plainLayout('jsonl'), reusing(lines.join('\n'), chunkBytes))
    const read: unknown[] = []
    for await (const record of reader.read(BEGINNING, createContext())) read.push(record)
    expect(read).toMatchObject(lines.map((line, index) => ({ index, fields: JSON.parse(line) })))
  },
)

test('the sample of a file keeps its bytes', async () => {
  const text = `\n\n${'a line of a file\n'.repeat(50)}`
  const { bytes } = await readSample(reusing(text, 7), 'none', 1000)
  expect(Buffer.from(bytes).toString()).toBe(text.trimStart().slice(0, 1000))
})

test('the lines around the first byte beyond ASCII keep their bytes', async () => {
  const text = `${'plain\n'.repeat(10)}a nurse, 护士, is wanted\n`
  const sample = await readBeyondAscii(reusing(text, 5), 'none', { most: 1000, reach: 1000 })
  expect(Buffer.from(sample!.bytes).toString()).toBe('a nurse, 护士, is wanted\n')
})
