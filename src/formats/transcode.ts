import type { Chunks } from './unpack.ts'

/** A text in another encoding as UTF-8. */
export async function* transcode(chunks: Chunks, charset: string): AsyncGenerator<Uint8Array, void> {
  const decoder = new TextDecoder(charset)
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}
