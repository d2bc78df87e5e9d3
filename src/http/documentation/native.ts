import * as v from 'valibot'
import {
  embedRequest,
  embedResponse,
  errorResponse,
  healthResponse,
  modelsResponse,
  readyResponse,
  unwellResponse,
} from '../schemas.ts'
import { teiEmbedRequest, teiErrorResponse } from '../tei-schemas.ts'
import { type Documentation, MODEL_ERRORS } from './route-documentation.ts'

/** The project's own routes. `POST /embed` is also that of Text Embeddings Inference, by its key `inputs`. */
export const nativeDocumentation: Documentation = {
  'POST /embed': {
    summary: 'Turns texts into vectors.',
    request: v.union([embedRequest, teiEmbedRequest]),
    requestExamples: {
      one: { input: 'Senior nurse, intensive care' },
      several: { input: ['软件工程师', 'Software engineer'], role: 'document', encoding: 'base64' },
      textEmbeddingsInference: { inputs: ['Baker', '面包师'], truncate: true },
      strict: { input: 'Baker', model: 'jobs-static', truncate: false, deterministic: true },
    },
    response: v.union([embedResponse, v.array(v.array(v.number()))]),
    responseExample: {
      model: 'jobs-static-2',
      revision: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c',
      precision: 'int8',
      dimensions: 2,
      embeddings: [[0.6, -0.8]],
      usage: { inputs: 1, tokens: 5, truncated: 0, unknown: 0 },
      warnings: [],
      timing: { coldStart: false, loadMs: 0, tokenizeMs: 0.1, inferenceMs: 0.2 },
    },
    errors: v.union([errorResponse, teiErrorResponse]),
    errorStatuses: [...MODEL_ERRORS, 424],
  },
  'GET /models': {
    summary: 'Lists the models that may be asked for.',
    response: modelsResponse,
    responseExample: {
      models: [
        {
          id: 'jobs-static-2',
          aliases: ['jobs-static', 'jobs'],
          task: 'embed',
          dimensions: 256,
          matryoshka: [256, 192, 128, 64],
          maxTokens: 8192,
          languages: ['en', 'zh'],
          license: 'CC-BY-SA-4.0',
          precision: 'int8',
          revision: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c',
          similarity: 'cosine',
          bytes: 11000000,
          loaded: true,
          memoryBytes: 13000000,
          loads: 1,
          evictions: 0,
          lastUsedAt: '2026-11-23T12:00:00.000Z',
          quality: {
            note: 'measured by npm run evaluate with int8 weights of revision 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c',
            scores: [
              {
                languages: 'zh-en',
                task: 'job title to its translation',
                measure: 'accuracy@1',
                on: 'Chinese → English title, accuracy@1',
                value: 0.97,
                low: 0.94,
                high: 0.99,
              },
            ],
          },
        },
      ],
    },
    errors: errorResponse,
    errorStatuses: [401],
  },
  'GET /health': {
    summary:
      'Says that the process answers; asks for no token and loads no model. 503 means that it must be started anew: a run does not come to an end.',
    response: healthResponse,
    responseExample: { status: 'ok' },
    errors: unwellResponse,
    errorStatuses: [503],
  },
  'GET /ready': {
    summary:
      'Says whether requests should come; asks for no token. 503 until the models of PRELOAD_MODELS are loaded, and when the process is about to stop.',
    response: readyResponse,
    responseExample: { status: 'ready' },
    errors: unwellResponse,
    errorStatuses: [503],
  },
  'GET /openapi.json': {
    summary: 'This document.',
    errors: errorResponse,
    errorStatuses: [],
  },
}
