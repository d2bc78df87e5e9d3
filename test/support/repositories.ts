import { describeRepository } from '../../scripts/models/add.ts'
import type { Repository } from '../../scripts/models/repository.ts'
import { parseCatalog } from '../../src/models/catalog/manifest-file.ts'

/** The content of a JSON file. */
type Json = Readonly<Record<string, unknown>>
/** The SHA-256 of every large file. */
export const HASH = '1'.repeat(64)

/** A repository with these files; those with content are JSON. */
function repositoryOf(files: Readonly<Record<string, Json | undefined>>, card: Json = {}): Repository {
  return {
    place: 'repository owner/model',
    repo: 'owner/model',
    revision: 'a'.repeat(40),
    card,
    files: Object.keys(files).map((path) => ({
      path,
      bytes: 100,
      gitBlob: 'b'.repeat(40),
      ...(/\.(onnx|safetensors)$/.test(path) && { sha256: HASH }),
    })),
    json: (path) => files[path],
  }
}

/** A line of modules.json. */
export const module = (kind: string, path: string) => ({ type: `sentence_transformers.models.${kind}`, path })
/** A BERT of sentence-transformers, with two graphs. */
export const bert = {
  'config.json': { architectures: ['BertModel'], hidden_size: 384, max_position_embeddings: 512 },
  'modules.json': [
    module('Transformer', ''),
    module('Pooling', '1_Pooling'),
    module('Normalize', '2_Normalize'),
  ],
  '1_Pooling/config.json': {
    word_embedding_dimension: 384,
    pooling_mode_mean_tokens: true,
    pooling_mode_cls_token: false,
  },
  'tokenizer.json': undefined,
  'onnx/model.onnx': undefined,
  'onnx/model_quantized.onnx': undefined,
} as unknown as Record<string, Json>

/** The entry, as it is read back from the catalog that it is written to. */
export function describeFiles(files: Readonly<Record<string, Json | undefined>>, card?: Json, options = {}) {
  const model = describeRepository(repositoryOf(files, card), options)
  return parseCatalog(JSON.stringify([model]), 'added')[0]!
}

/** The config.json of a Dense layer. */
export const dense = (activation: string, outputs = 1024) => ({
  in_features: 384,
  out_features: outputs,
  activation_function: `torch.nn.modules.${activation}`,
})

/** A model with a map for each side of a pair. */
export const asymmetric = {
  ...bert,
  'modules.json': [
    module('Transformer', ''),
    module('Pooling', '1_Pooling'),
    module('Asym', '2_Asym'),
  ] as never,
  '2_Asym/config.json': { structure: { positive: ['2_Dense'], anchor: ['1_Dense'] } },
  '2_Asym/1_Dense/config.json': dense('linear.Identity'),
  '2_Asym/2_Dense/config.json': dense('activation.Tanh'),
  '2_Asym/1_Dense/model.safetensors': undefined,
  '2_Asym/2_Dense/model.safetensors': undefined,
}
