import { expect, test } from 'vitest'
import { describeRepository } from '../../../scripts/models/add.ts'
import type { Repository } from '../../../scripts/models/repository.ts'
import { parseCatalog } from '../../../src/models/catalog/manifest-file.ts'

type Json = Readonly<Record<string, unknown>>
const HASH = '1'.repeat(64)

/** A repository with these files; those with content are JSON. */
function repositoryOf(files: Readonly<Record<string, Json | undefined>>, card: Json = {}): Repository {
  return {
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

const module = (kind: string, path: string) => ({ type: `sentence_transformers.models.${kind}`, path })
const bert = {
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
function describe(files: Readonly<Record<string, Json | undefined>>, card?: Json, options = {}) {
  const model = describeRepository(repositoryOf(files, card), options)
  return parseCatalog(JSON.stringify([model]), 'added')[0]!
}

test('describes a sentence-transformers model from its own files', () => {
  const model = describe(
    {
      ...bert,
      'sentence_bert_config.json': { max_seq_length: 256 },
      'config_sentence_transformers.json': {
        prompts: { query: 'query: ', passage: 'passage: ', document: '' },
        similarity_fn_name: 'dot',
      },
    },
    { license: 'mit', language: ['en', 'zh'] },
  )
  expect(model).toMatchObject({
    id: 'model',
    task: 'embed',
    repo: 'owner/model',
    graph: 'onnx/model_quantized.onnx',
    precision: 'int8',
    dimensions: 384,
    maxTokens: 256,
    pooling: 'mean',
    normalize: true,
    prompts: { query: 'query: ', document: 'passage: ' },
    similarity: 'dot',
    license: 'mit',
    languages: ['en', 'zh'],
    files: [
      { path: 'onnx/model_quantized.onnx', bytes: 100, sha256: HASH },
      { path: 'tokenizer.json', bytes: 100 },
    ],
  })
})

test.each([
  ['the tokenizer', { 'tokenizer_config.json': { model_max_length: 128 } }, 128],
  [
    'the positions, where the tokenizer has no limit',
    { 'tokenizer_config.json': { model_max_length: 1e30 } },
    512,
  ],
])('takes the most tokens from %s', (_, files, expected) => {
  expect(describe({ ...bert, ...files }).maxTokens).toBe(expected)
})

test('takes the graph and the id that the operator names', () => {
  const model = describe(bert, {}, { graph: 'onnx/model.onnx', id: 'mine' })
  expect(model).toMatchObject({
    id: 'mine',
    graph: 'onnx/model.onnx',
    precision: 'float32',
    license: 'unknown',
  })
})

const dense = (activation: string, outputs = 1024) => ({
  in_features: 384,
  out_features: outputs,
  activation_function: `torch.nn.modules.${activation}`,
})

test('takes a Dense layer as the head of every text', () => {
  const model = describe({
    ...bert,
    'modules.json': [
      module('Transformer', ''),
      module('Pooling', '1_Pooling'),
      module('Dense', '2_Dense'),
    ] as never,
    '2_Dense/config.json': dense('activation.Tanh'),
    '2_Dense/model.safetensors': undefined,
  })
  expect(model).toMatchObject({
    dimensions: 1024,
    normalize: false,
    heads: { query: { path: '2_Dense/model.safetensors', activation: 'tanh' } },
  })
  expect(model.files).toHaveLength(3)
})

const asymmetric = {
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

test('takes the branches of an asymmetric model as heads, that of queries first', () => {
  const { heads } = describe(asymmetric)
  expect(heads).toEqual({
    query: { path: '2_Asym/1_Dense/model.safetensors', activation: 'identity' },
    document: { path: '2_Asym/2_Dense/model.safetensors', activation: 'tanh' },
  })
  expect(Object.keys(heads!)[0]).toBe('query')
})

test('describes a cross-encoder as a reranker', () => {
  const files = {
    ...bert,
    'config.json': {
      architectures: ['BertForSequenceClassification'],
      hidden_size: 384,
      id2label: { 0: 'LABEL_0' },
    },
  }
  expect(describe(files)).toMatchObject({ task: 'rerank', dimensions: 1 })
})

test('describes a Model2Vec model, whose graph is made here', () => {
  const model = describe({
    'config.json': { model_type: 'model2vec', hidden_dim: 64, normalize: true },
    'tokenizer.json': undefined,
    'model.safetensors': undefined,
  })
  expect(model).toMatchObject({
    graph: 'model.onnx',
    graphFrom: { kind: 'model2vec', path: 'model.safetensors', sha256: HASH },
    dimensions: 64,
    specialTokens: false,
    dropUnknown: true,
    files: [{ path: 'model.onnx' }, { path: 'tokenizer.json' }],
  })
})

const without = (...paths: string[]) =>
  Object.fromEntries(Object.entries(bert).filter(([path]) => !paths.includes(path)))

test.each([
  ['without a config.json', without('config.json'), 'has no config.json'],
  ['without a tokenizer.json', without('tokenizer.json'), 'has no tokenizer.json'],
  [
    'without a graph',
    without('onnx/model.onnx', 'onnx/model_quantized.onnx'),
    'has no ONNX graph; export one: optimum-cli',
  ],
  ['that does not say how it pools', without('1_Pooling/config.json'), 'does not say how it pools'],
  [
    'that pools in two ways',
    { ...bert, '1_Pooling/config.json': { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true } },
    'pools by pooling_mode_mean_tokens and',
  ],
  [
    'that pools by the largest',
    { ...bert, '1_Pooling/config.json': { pooling_mode_max_tokens: true } },
    'pools by pooling_mode_max_tokens',
  ],
  [
    'with a module of another kind',
    { ...bert, 'modules.json': [module('CNN', '2')] as never },
    'has a module CNN',
  ],
  [
    'with two maps',
    {
      ...asymmetric,
      'modules.json': [module('Dense', '2'), module('Dense', '3'), module('Pooling', '1_Pooling')] as never,
    },
    'has 2 maps',
  ],
  [
    'with a branch of two layers',
    { ...asymmetric, '2_Asym/config.json': { structure: { anchor: ['a', 'b'] } } },
    'a branch anchor of 2 layers',
  ],
  [
    'with a branch of another name',
    { ...asymmetric, '2_Asym/config.json': { structure: { title: ['a'] } } },
    'a branch title',
  ],
  [
    'with another activation',
    { ...asymmetric, '2_Asym/1_Dense/config.json': dense('activation.ReLU') },
    'ReLU',
  ],
  [
    'with many labels',
    {
      ...bert,
      'config.json': { architectures: ['XForSequenceClassification'], id2label: { 0: 'a', 1: 'b' } },
    },
    'classifies into 2 labels',
  ],
  ['without its size', { ...bert, 'config.json': { architectures: ['BertModel'] } }, 'has no hidden_size'],
  [
    'of Model2Vec without its table',
    { 'config.json': { model_type: 'model2vec', hidden_dim: 4 }, 'tokenizer.json': undefined },
    'has no model.safetensors',
  ],
])('refuses a repository %s', (_, files, message) => {
  expect(() => describe(files)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  expect(() => describe(files)).toThrow(message)
})

test('refuses a head whose weights are not there, and a graph that is not there', () => {
  const { '2_Asym/1_Dense/model.safetensors': _, ...files } = asymmetric
  expect(() => describe(files)).toThrow('has no 2_Asym/1_Dense/model.safetensors')
  expect(() => describe(bert, {}, { graph: 'other.onnx' })).toThrow('has no other.onnx')
})
