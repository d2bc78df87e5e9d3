/**
 * Eight ways in which a GGUF file is damaged, by name: cut in the middle, a wild count in its header, empty, the pointer
 * that Git LFS leaves, an architecture that is none, a number of heads and a width that cannot be, and noise.
 *
 * @param good a right file of the architecture qwen3
 */
export function damagedGgufs(good: Uint8Array): Readonly<Record<string, Uint8Array>> {
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good)
    change(bytes)
    return bytes
  }
  const numbered = (key: string, value: number) =>
    changed((bytes) => bytes.writeUInt32LE(value, bytes.indexOf(key) + key.length + 4))
  return {
    cut: good.subarray(0, good.length / 2),
    wild: changed((bytes) => bytes.writeBigUInt64LE(2n ** 60n, 8)),
    empty: new Uint8Array(),
    pointer: Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
    architecture: changed((bytes) => bytes.write('qwenX', bytes.indexOf('qwen3'), 'latin1')),
    heads: numbered('qwen3.attention.head_count', 7),
    width: numbered('qwen3.embedding_length', 2 ** 31),
    noise: changed((bytes) => {
      for (let at = 0; at < 400; at++) bytes[600 + at * 7] = (at * 131) & 255
    }),
  }
}
