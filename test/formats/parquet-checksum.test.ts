import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { checksum, checksumByTable } from '../../src/formats/parquet/checksum.ts'

it('gives the check value that is published for CRC-32', () => {
  const bytes = new TextEncoder().encode('123456789')
  expect(checksumByTable(bytes)).toBe(0xcb_f4_39_26)
  expect(checksum(bytes)).toBe(0xcb_f4_39_26)
})

it('gives by the table what this Node gives, for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(checksumByTable(bytes)).toBe(checksum(bytes))
    }),
  )
})

it('takes the table where zlib has no crc32, as in Node 20.12', async () => {
  vi.resetModules()
  vi.doMock('node:zlib', () => ({ default: {} }))
  const older = await import('../../src/formats/parquet/checksum.ts')
  vi.doUnmock('node:zlib')
  expect(older.checksum).toBe(older.checksumByTable)
})
