import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createContext } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import type { ByteSource } from '../../src/formats/byte-source.ts'
import { createRecordReader } from '../../src/formats/open-records.ts'
import { BEGINNING, fieldsOf, plainLayout, readAll, sourceOf } from '../support/record-readers.ts'

describe('packed files', () => {
  it('may be several gzip members one after another', async () => {
    const packed = Buffer.concat([gzipSync('a\n'), gzipSync('b\n')])
    expect(fieldsOf(await readAll('lines', packed, { compression: 'gzip' }))).toEqual([
      { text: 'a' },
      { text: 'b' },
    ])
  })

  it('that are cut short or damaged fail with a sentence', async () => {
    const packed = gzipSync('some text that is long enough to be cut\n'.repeat(50))
    const cut = readAll('lines', packed.subarray(0, -10), { compression: 'gzip' })
    await expect(cut).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('no whole gzip file'),
    })
    await expect(readAll('lines', 'not packed', { compression: 'gzip' })).rejects.toThrow(
      /no whole gzip file/,
    )
    await expect(readAll('lines', 'not packed', { compression: 'zstd' })).rejects.toThrow(
      /no whole zstd file/,
    )
  })

  it('pass on what reading them throws', async () => {
    const begun = { gzip: gzipSync('text').subarray(0, 5), zstd: Buffer.from(ZSTD, 'base64').subarray(0, 5) }
    for (const compression of ['gzip', 'zstd'] as const) {
      const failing: ByteSource = {
        bytes: 100,
        async *read() {
          yield begun[compression]
          throw new AppError('upstream_failed', 'No answer.')
        },
      }
      const reader = createRecordReader(plainLayout('lines', compression), failing)
      const reading = (async () => {
        for await (const _ of reader.read(BEGINNING, createContext()));
      })()
      await expect(reading).rejects.toMatchObject({
        code: 'upstream_failed',
      })
    }
  })

  it('that are bombs are refused long before their end', async () => {
    const bomb = sourceOf(gzipSync(Buffer.alloc(200_000_000), { level: 9 }), 1000)
    const reader = createRecordReader(plainLayout('lines', 'gzip'), bomb)
    const reading = (async () => {
      for await (const _ of reader.read(BEGINNING, createContext()));
    })()
    await expect(reading).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(bomb.taken).toBeLessThan(bomb.bytes / 2)
  })

  it('may be left in the middle', async () => {
    const packed = gzipSync('line\n'.repeat(100_000))
    const reader = createRecordReader(plainLayout('lines', 'gzip'), sourceOf(packed, 50))
    const seen: unknown[] = []
    for await (const { fields } of reader.read(BEGINNING, createContext())) {
      seen.push(fields)
      break
    }
    expect(seen).toEqual([{ text: 'line' }])
  })

  it('are read from a file packed with zstd', async () => {
    const packed = Buffer.from(ZSTD, 'base64')
    const records = await readAll('lines', packed, { compression: 'zstd', chunkBytes: 20 })
    expect(records.map(({ fields }) => fields!.text)).toEqual(
      Array.from({ length: 200 }, (_, index) => `row ${index}`),
    )
    await expect(readAll('lines', packed.subarray(0, -20), { compression: 'zstd' })).rejects.toThrow(
      /no whole zstd file/,
    )
  })

  const hasZstd = existsSync('/usr/bin/zstd')
  const reason = hasZstd ? '' : ' (skipped: no /usr/bin/zstd; install the package zstd)'
  it.skipIf(!hasZstd)(`are read as the program zstd packs them${reason}`, async () => {
    const { stdout } = spawnSync('/usr/bin/zstd', ['-c'], { input: 'a\nb\n'.repeat(50_000) })
    expect(await readAll('lines', stdout, { compression: 'zstd', chunkBytes: 1000 })).toHaveLength(100_000)
  })
})

/** 200 lines "row <number>", packed with zstd -19. */
const ZSTD =
  'KLUv/QRoBQkABh86ErAVJB0H9DB0Yu+9t5RyS47CgTcANwAuAEKZLEEqKCYkIhqMxRGiSp1Koy273tAicSgMluQ4A2u0mSzWcdsLq+lZjjvfHy4aiXIHAWAgQCAvH9/n7//wFabwhCUc4YYZXvhwCFdRTUlFtVirK1QR0ZBQUIk0mgLV0MzIxHQ4mydMCcmISEgDFE8sccSNGS8+DnF16tOlR29nX7+HXpz4cOHBy8nH54HXpj1bduxu7u132PX0E0HVVE8tddStWa++DnXRRA8tdNClSY+eDnTNNM8sc8ydOW9+DnPJJI8scsiVKU9eDnLFAYDHqBAYz9fg1xAQP9vbN2/vXr17e/bt7bW3d/o1WDQYLBgMDgqGBgMLg2kkAAEAAPYCASkFDk2x+g=='
