import { expect, test } from 'vitest'
import { asymmetric, bert, dense, describeFiles as describe, module } from '../../support/repositories.ts'

const without = (...paths: string[]) =>
  Object.fromEntries(Object.entries(bert).filter(([path]) => !paths.includes(path)))

test.each([
  ['without a config.json', without('config.json'), '--set maxTokens=512'],
  ['without a tokenizer.json', without('tokenizer.json'), 'has no tokenizer.json'],
  [
    'without a graph',
    without('onnx/model.onnx', 'onnx/model_quantized.onnx'),
    'has no ONNX graph; export one: optimum-cli',
  ],
  ['that does not say how it pools', without('1_Pooling/config.json'), '--set pooling=mean'],
  [
    'that pools in two ways',
    { ...bert, '1_Pooling/config.json': { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true } },
    'pools by pooling_mode_mean_tokens and',
  ],
  [
    'that leaves its prompts out of the pooling',
    { ...bert, '1_Pooling/config.json': { pooling_mode: 'mean', include_prompt: false } },
    'leaves its prompts out',
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
  [
    'without its size',
    { ...bert, 'config.json': {}, '1_Pooling/config.json': { pooling_mode_mean_tokens: true } },
    '--set dimensions=384',
  ],
  ['without its most tokens', { ...bert, 'config.json': { hidden_size: 384 } }, '--set maxTokens=512'],
  ['without modules', without('modules.json'), '--set normalize=true'],
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
