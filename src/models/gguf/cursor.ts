import { AppError } from '../../errors.ts'

/** The error of a file that is damaged, lies about itself or is of no use here; `what` is the middle of its sentence. */
export function corruptGguf(what: string, remedy = 'copy or convert the file again'): AppError {
  return new AppError('artifact_corrupt', `The GGUF file cannot be used: ${what}; ${remedy}.`, {
    retryable: false,
  })
}

/** A place in the first bytes of a file, little-endian. Nothing is allocated for a length before it is bounded. */
export class Cursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset: number

  /** @param offset the byte to begin at */
  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#offset = offset
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#offset
  }

  /** @throws AppError `artifact_corrupt` when fewer bytes are left */
  skip(bytes: number, what: string): number {
    if (bytes > this.left) {
      throw corruptGguf(`${what} takes ${bytes} bytes where ${this.left} are left`)
    }
    const start = this.#offset
    this.#offset += bytes
    return start
  }

  /** A number of 1, 2 or 4 bytes without sign. */
  unsigned(bytes: 1 | 2 | 4, what: string): number {
    const at = this.skip(bytes, what)
    if (bytes === 1) return this.#view.getUint8(at)
    return bytes === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true)
  }

  /** A number of 1, 2 or 4 bytes with sign. */
  signed(bytes: 1 | 2 | 4, what: string): number {
    const at = this.skip(bytes, what)
    if (bytes === 1) return this.#view.getInt8(at)
    return bytes === 2 ? this.#view.getInt16(at, true) : this.#view.getInt32(at, true)
  }

  /** A float32 or a float64. */
  real(bytes: 4 | 8, what: string): number {
    const at = this.skip(bytes, what)
    return bytes === 4 ? this.#view.getFloat32(at, true) : this.#view.getFloat64(at, true)
  }

  /**
   * A whole number of 8 bytes without sign.
   *
   * @throws AppError `artifact_corrupt` beyond `most`, which is at most 2^53 - 1
   */
  whole(most: number, what: string): number {
    const value = this.#view.getBigUint64(this.skip(8, what), true)
    if (value > BigInt(most)) throw corruptGguf(`${what} is ${value}; expected ${most} at most`)
    return Number(value)
  }

  /** A whole number of 8 bytes with sign, as near as a number comes. */
  wide(what: string): number {
    return Number(this.#view.getBigInt64(this.skip(8, what), true))
  }

  /**
   * A text with its length of 8 bytes before it.
   *
   * @param most bytes of UTF-8
   * @throws AppError `artifact_corrupt` when it is longer, is cut, or is not UTF-8
   */
  text(most: number, what: string): string {
    const length = this.whole(Math.min(most, Math.max(0, this.left - 8)), `the length of ${what}`)
    const start = this.skip(length, what)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        this.#bytes.subarray(start, start + length),
      )
    } catch {
      throw corruptGguf(`${what} is not UTF-8`)
    }
  }

  /** Passes over a text and returns how many bytes of UTF-8 it has. */
  passText(what: string): number {
    const length = this.whole(Math.max(0, this.left - 8), `the length of ${what}`)
    this.skip(length, what)
    return length
  }
}
