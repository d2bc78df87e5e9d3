import type { Manifest } from '../../src/models/manifest.ts'

/** A complete manifest with the given fields, and plain values for the rest. */
export function manifestOf(fields: Partial<Manifest> & { id: string }): Manifest {
  return {
    aliases: [],
    task: 'embed',
    repo: `tests/${fields.id}`,
    revision: '0'.repeat(40),
    files: [],
    graph: 'model.onnx',
    tokenizer: 'tokenizer.json',
    precision: 'float32',
    dimensions: 4,
    matryoshka: [],
    maxTokens: 16,
    pooling: 'mean',
    normalize: true,
    specialTokens: true,
    dropUnknown: false,
    prompts: {},
    similarity: 'cosine',
    license: 'Apache-2.0',
    languages: ['en'],
    canaries: [],
    ...fields,
  }
}
