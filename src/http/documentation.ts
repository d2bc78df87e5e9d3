import type { GenericSchema } from 'valibot'
import {
  embedRequest,
  embedResponse,
  errorResponse,
  healthResponse,
  modelsResponse,
  openAiEmbedRequest,
  openAiEmbedResponse,
  openAiErrorResponse,
  openAiModel,
  openAiModelsResponse,
} from './schemas.ts'

/** What `/openapi.json` says of a route beyond what its schemas say. */
export interface RouteDocumentation {
  readonly summary: string
  readonly request?: GenericSchema
  readonly requestExamples?: Readonly<Record<string, object>>
  readonly response?: GenericSchema
  readonly responseExample?: object
  readonly errors: GenericSchema
  readonly errorStatuses: readonly number[]
}

const EMBED_ERRORS = [400, 401, 404, 413, 415, 422, 429, 500, 503, 504]

/** By method and path, exactly the routes that are served. */
export const documentation: Readonly<Record<string, RouteDocumentation>> = {
  'POST /embed': {
    summary: 'Turns texts into vectors.',
    request: embedRequest,
    requestExamples: {
      one: { input: 'Senior nurse, intensive care' },
      several: { input: ['软件工程师', 'Software engineer'], role: 'document', encoding: 'base64' },
      strict: { input: 'Baker', model: 'jobs-static', truncate: false, deterministic: true },
    },
    response: embedResponse,
    responseExample: {
      model: 'jobs-static',
      revision: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c',
      precision: 'int8',
      dimensions: 2,
      embeddings: [[0.6, -0.8]],
      usage: { inputs: 1, tokens: 5, truncated: 0 },
      timing: { coldStart: false, loadMs: 0, tokenizeMs: 0.1, inferenceMs: 0.2 },
    },
    errors: errorResponse,
    errorStatuses: EMBED_ERRORS,
  },
  'GET /models': {
    summary: 'Lists the models that may be asked for.',
    response: modelsResponse,
    responseExample: {
      models: [
        {
          id: 'jobs-static',
          aliases: ['fast', 'jobs'],
          task: 'embed',
          dimensions: 256,
          matryoshka: [],
          maxTokens: 8192,
          languages: ['en', 'zh'],
          license: 'Apache-2.0',
          precision: 'int8',
          revision: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c',
          similarity: 'cosine',
          bytes: 11000000,
          loaded: true,
        },
      ],
    },
    errors: errorResponse,
    errorStatuses: [401],
  },
  'GET /health': {
    summary: 'Says that the process answers; asks for no token and loads no model.',
    response: healthResponse,
    responseExample: { status: 'ok' },
    errors: errorResponse,
    errorStatuses: [],
  },
  'GET /openapi.json': {
    summary: 'This document.',
    errors: errorResponse,
    errorStatuses: [],
  },
  'POST /v1/embeddings': {
    summary: "Turns texts into vectors, as OpenAI's embeddings route does.",
    request: openAiEmbedRequest,
    requestExamples: {
      one: { model: 'jobs-static', input: 'Data analyst' },
      several: { model: 'fast', input: ['Data analyst', '数据分析师'], encoding_format: 'base64' },
    },
    response: openAiEmbedResponse,
    responseExample: {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.6, -0.8] }],
      model: 'jobs-static',
      usage: { prompt_tokens: 2, total_tokens: 2 },
    },
    errors: openAiErrorResponse,
    errorStatuses: EMBED_ERRORS,
  },
  'GET /v1/models': {
    summary: "Lists the models and their aliases, as OpenAI's models route does.",
    response: openAiModelsResponse,
    responseExample: {
      object: 'list',
      data: [{ id: 'jobs-static', object: 'model', created: 0, owned_by: 'serverless-embeddings' }],
    },
    errors: openAiErrorResponse,
    errorStatuses: [401],
  },
  'GET /v1/models/:model': {
    summary: 'One model or alias.',
    response: openAiModel,
    responseExample: { id: 'fast', object: 'model', created: 0, owned_by: 'serverless-embeddings' },
    errors: openAiErrorResponse,
    errorStatuses: [401, 404],
  },
}
