import zlib from 'node:zlib'

/** The CRC-32 of each byte, for the polynomial that gzip, zlib and Parquet share, lowest bit first. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1
  return value
})

/**
 * CRC-32 without zlib's help, as an unsigned number: Node before 20.15 and 22.0 to 22.1 have no `zlib.crc32`, and an
 * import by its name would keep the whole program from starting there.
 */
export function checksumByTable(bytes: Uint8Array): number {
  let value = 0xff_ff_ff_ff
  for (const byte of bytes) value = (value >>> 8) ^ TABLE[(value ^ byte) & 0xff]!
  return (value ^ 0xff_ff_ff_ff) >>> 0
}

/** CRC-32 of the bytes, an unsigned number: zlib's own where this Node has it, else by the table. */
export const checksum: (bytes: Uint8Array) => number =
  typeof zlib.crc32 === 'function' ? (bytes) => zlib.crc32(bytes) : checksumByTable
