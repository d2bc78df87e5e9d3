/** The whole number of a decimal, without its scale; bytes are big-endian two's complement of any length. */
export function unscaledOf(stored: number | bigint | Uint8Array): bigint {
  if (!(stored instanceof Uint8Array)) return BigInt(stored)
  if (stored.length === 0) return 0n
  return BigInt.asIntN(stored.length * 8, BigInt(`0x${Buffer.from(stored).toString('hex')}`))
}

/** A decimal as text with `scale` decimals, as many as its column has: `-0.10`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** A 16-bit float, two bytes, little-endian. */
export function float16Value([low = 0, high = 0]: Uint8Array): number {
  const sign = high & 0x80 ? -1 : 1
  const exponent = (high >> 2) & 31
  const fraction = ((high & 3) << 8) | low
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** Sixteen bytes as a UUID is written. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Months, days and milliseconds, four bytes each, little-endian, as ISO 8601 writes durations: `P1M2DT3.004S`. */
export function intervalText(bytes: Uint8Array): string {
  const all = Buffer.from(bytes)
  const [months, days, milliseconds] = [all.readUInt32LE(0), all.readUInt32LE(4), all.readUInt32LE(8)]
  return `P${months}M${days}DT${decimalText(BigInt(milliseconds), 3)}S`
}
