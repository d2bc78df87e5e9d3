import {
  cohereEmbedRequest,
  cohereEmbedResponse,
  cohereErrorResponse,
  cohereFirstEmbedRequest,
  cohereFirstEmbedResponse,
  cohereFirstRerankRequest,
  cohereFirstRerankResponse,
  cohereRerankRequest,
  cohereRerankResponse,
} from '../cohere-schemas.ts'
import { type Documentation, MODEL_ERRORS } from './route-documentation.ts'

const ERRORS = { errors: cohereErrorResponse, errorStatuses: MODEL_ERRORS }
const meta = { api_version: { version: '2' } }

/** The routes of Cohere, of its second version and of its first, which Jina's are like. */
export const cohereDocumentation: Documentation = {
  'POST /v2/rerank': {
    summary: 'Orders documents by how well they answer a query, as Cohere does.',
    request: cohereRerankRequest,
    requestExamples: {
      one: {
        model: 'jobs-static',
        query: 'night nurse',
        documents: ['Baker', 'Nurse for night shifts'],
        top_n: 1,
      },
    },
    response: cohereRerankResponse,
    responseExample: {
      id: '0b6ef1a4',
      results: [{ index: 1, relevance_score: 0.91 }],
      meta: { ...meta, billed_units: { search_units: 1 } },
    },
    ...ERRORS,
  },
  'POST /v2/embed': {
    summary: 'Turns texts into vectors, as Cohere does.',
    request: cohereEmbedRequest,
    requestExamples: {
      one: {
        model: 'jobs-static',
        input_type: 'search_document',
        texts: ['Baker'],
        embedding_types: ['float', 'ubinary'],
      },
    },
    response: cohereEmbedResponse,
    responseExample: {
      id: '0b6ef1a4',
      embeddings: { float: [[0.6, -0.8]], ubinary: [[128]] },
      texts: ['Baker'],
      meta: { ...meta, billed_units: { input_tokens: 1 } },
      response_type: 'embeddings_by_type',
    },
    ...ERRORS,
  },
  'POST /v1/rerank': {
    summary: "Orders documents by how well they answer a query, as Cohere's first version and Jina do.",
    request: cohereFirstRerankRequest,
    requestExamples: {
      one: {
        model: 'jobs-static',
        query: 'night nurse',
        documents: ['Baker', { text: 'Nurse for night shifts' }],
        top_n: 1,
        return_documents: true,
      },
    },
    response: cohereFirstRerankResponse,
    responseExample: {
      id: '0b6ef1a4',
      model: 'jobs-static',
      results: [{ index: 1, relevance_score: 0.91, document: { text: 'Nurse for night shifts' } }],
      usage: { prompt_tokens: 7, total_tokens: 7 },
      meta: { api_version: { version: '1' }, billed_units: { search_units: 1 } },
    },
    ...ERRORS,
  },
  'POST /v1/embed': {
    summary: "Turns texts into vectors, as Cohere's first version does.",
    request: cohereFirstEmbedRequest,
    requestExamples: {
      one: { model: 'jobs-static', texts: ['Baker'], input_type: 'search_document' },
      byType: { model: 'jobs-static', texts: ['Baker'], embedding_types: ['int8'] },
    },
    response: cohereFirstEmbedResponse,
    responseExample: {
      id: '0b6ef1a4',
      embeddings: [[0.6, -0.8]],
      texts: ['Baker'],
      meta: { api_version: { version: '1' }, billed_units: { input_tokens: 1 } },
      response_type: 'embeddings_floats',
    },
    ...ERRORS,
  },
}
