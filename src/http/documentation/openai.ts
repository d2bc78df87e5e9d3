import {
  openAiEmbedRequest,
  openAiEmbedResponse,
  openAiErrorResponse,
  openAiModel,
  openAiModelsResponse,
} from '../schemas.ts'
import { type Documentation, MODEL_ERRORS } from './route-documentation.ts'

/** The routes of OpenAI. */
export const openAiDocumentation: Documentation = {
  'POST /v1/embeddings': {
    summary: "Turns texts into vectors, as OpenAI's embeddings route does.",
    request: openAiEmbedRequest,
    requestExamples: {
      one: { model: 'jobs-static', input: 'Data analyst' },
      several: { model: 'jobs', input: ['Data analyst', '数据分析师'], encoding_format: 'base64' },
    },
    response: openAiEmbedResponse,
    responseExample: {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.6, -0.8] }],
      model: 'jobs-static-2',
      usage: { prompt_tokens: 2, total_tokens: 2 },
    },
    errors: openAiErrorResponse,
    errorStatuses: MODEL_ERRORS,
  },
  'GET /v1/models': {
    summary: "Lists the models and their aliases, as OpenAI's models route does.",
    response: openAiModelsResponse,
    responseExample: {
      object: 'list',
      data: [{ id: 'jobs-static-2', object: 'model', created: 0, owned_by: 'serverless-embeddings' }],
    },
    errors: openAiErrorResponse,
    errorStatuses: [401],
  },
  'GET /v1/models/:owner/:name': {
    summary: 'One model, by the repository on the hub that it is from.',
    response: openAiModel,
    responseExample: {
      id: 'BAAI/bge-small-zh-v1.5',
      object: 'model',
      created: 0,
      owned_by: 'serverless-embeddings',
    },
    errors: openAiErrorResponse,
    errorStatuses: [401, 404],
  },
  'GET /v1/models/:model': {
    summary: 'One model or alias.',
    response: openAiModel,
    responseExample: { id: 'jobs', object: 'model', created: 0, owned_by: 'serverless-embeddings' },
    errors: openAiErrorResponse,
    errorStatuses: [401, 404],
  },
}
