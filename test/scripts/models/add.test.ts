import { expect, test } from 'vitest'
import {
  asymmetric,
  bert,
  dense,
  describeFiles as describe,
  HASH,
  module,
} from '../../support/repositories.ts'

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

test.each([
  ['flags', { pooling_mode_lasttoken: true }, 'last-token'],
  ['a word, as sentence-transformers 6 writes it', { pooling_mode: 'cls', embedding_dimension: 384 }, 'cls'],
  ['a list of one word', { pooling_mode: ['lasttoken'] }, 'last-token'],
])('reads the pooling from %s', (_, config, expected) => {
  expect(describe({ ...bert, '1_Pooling/config.json': config }).pooling).toBe(expected)
})

test.each([
  ['DistilBERT', { dim: 24, max_position_embeddings: 40 }, { dimensions: 24, maxTokens: 40 }],
  [
    'RoBERTa, whose first position is behind the padding',
    { model_type: 'roberta', hidden_size: 8, pad_token_id: 1, max_position_embeddings: 514 },
    { dimensions: 8, maxTokens: 512 },
  ],
])('reads columns and positions of %s', (_, config, expected) => {
  const files = { ...bert, 'config.json': config, '1_Pooling/config.json': { pooling_mode: 'mean' } }
  expect(describe(files)).toMatchObject(expected)
})

test('puts texts into lower case where sentence-transformers does', () => {
  const lower = { ...bert, 'sentence_bert_config.json': { max_seq_length: 64, do_lower_case: true } }
  expect([describe(lower).lowercase, describe(bert).lowercase]).toEqual([true, undefined])
})

test('lists weights that lie in a file of their own', () => {
  const { files } = describe({ ...bert, 'onnx/model_quantized.onnx_data': undefined })
  expect(files.map(({ path }) => path)).toEqual([
    'onnx/model_quantized.onnx',
    'onnx/model_quantized.onnx_data',
    'tokenizer.json',
  ])
})

test('says everything that is missing in one message', () => {
  const message = () => describe({ 'README.md': undefined })
  for (const part of ['tokenizer.json', 'ONNX graph', 'dimensions=', 'maxTokens=', 'pooling=', 'normalize='])
    expect(message).toThrow(part)
})

test('takes from the operator what the files leave open', () => {
  const set = { dimensions: 64, maxTokens: 512, pooling: 'mean', normalize: true, specialTokens: false }
  const files = { 'tokenizer.json': undefined, 'model_int8.onnx': undefined }
  expect(describe(files, {}, { set })).toMatchObject({ ...set, graph: 'model_int8.onnx', precision: 'int8' })
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
      max_position_embeddings: 512,
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
