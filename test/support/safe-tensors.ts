/** A tensor to write: its type as safetensors names it, and the bytes of its numbers. */
interface WrittenTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** Float32 numbers as a tensor. */
export function floatTensor(shape: readonly number[], values: readonly number[]): WrittenTensor {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) }
}

/** The bytes of a safetensors file. */
export function writeSafeTensors(tensors: Readonly<Record<string, WrittenTensor>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let end = 0
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] }
    end += bytes.length
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...Object.values(tensors).map(({ bytes }) => bytes)])
}
