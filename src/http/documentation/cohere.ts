import {
  cohereEmbedRequest,
  cohereEmbedResponse,
  cohereErrorResponse,
  cohereRerankRequest,
  cohereRerankResponse,
} from '../cohere-schemas.ts'
import { type Documentation, MODEL_ERRORS } from './route-documentation.ts'

const ERRORS = { errors: cohereErrorResponse, errorStatuses: MODEL_ERRORS }
const meta = { api_version: { version: '2' } }

/** The routes of Cohere's second version. */
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
}
