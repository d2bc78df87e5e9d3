/** What the formats need of Node's `Buffer`, for the browser: the build puts it in the place of `node:buffer`. */
class PageBuffer extends Uint8Array {
  override toString(encoding = 'utf8'): string {
    if (encoding === 'utf8') return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this)
    if (encoding !== 'latin1')
      throw new Error(`The page's buffer knows no ${encoding}; expected utf8 or latin1.`)
    let text = ''
    for (const byte of this) text += String.fromCharCode(byte)
    return text
  }

  /** Whether these bytes, each taken as one character, hold a text. */
  holds(text: string): boolean {
    return this.toString('latin1').includes(text)
  }
}

function from(source: ArrayBuffer | ArrayLike<number> | string, offset?: number, length?: number) {
  const bytes =
    typeof source === 'string'
      ? new PageBuffer(new TextEncoder().encode(source))
      : source instanceof ArrayBuffer
        ? new PageBuffer(source, offset, length)
        : new PageBuffer(source)
  return Object.assign(bytes, { includes: (text: string) => bytes.holds(text) })
}

function concat(parts: readonly Uint8Array[]) {
  const all = new PageBuffer(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The part of Node's `Buffer` that is used by what the page takes of `src/formats`. */
export const Buffer = { from, concat }

/** Whether bytes are well-formed UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Whether bytes are all below 128. */
export function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 128)
}
