import * as v from 'valibot'
import {
  teiEmbedRequest,
  teiErrorResponse,
  teiInfoResponse,
  teiRerankRequest,
  teiRerankResponse,
  teiSimilarityRequest,
  teiSimilarityResponse,
  teiTokenizeRequest,
  teiTokenizeResponse,
} from '../tei-schemas.ts'
import type { Documentation } from './route-documentation.ts'

const ERRORS = { errors: teiErrorResponse, errorStatuses: [400, 401, 413, 415, 422, 424, 429, 503] }

/** The routes of Text Embeddings Inference, besides its `/embed`. */
export const teiDocumentation: Documentation = {
  'POST /': {
    summary: 'What clients of Hugging Face post to the address itself: as /embed, or as /similarity.',
    request: v.union([teiEmbedRequest, teiSimilarityRequest]),
    requestExamples: {
      one: { inputs: 'Night nurse' },
      sentences: { inputs: { source_sentence: 'nurse', sentences: ['night nurse', 'baker'] } },
    },
    response: v.union([v.array(v.array(v.number())), teiSimilarityResponse]),
    responseExample: [[0.6, -0.8]],
    ...ERRORS,
  },
  'POST /rerank': {
    summary: 'Orders texts by how well they answer a query, as Text Embeddings Inference does.',
    request: teiRerankRequest,
    requestExamples: {
      one: { query: 'night nurse', texts: ['Baker', 'Nurse for night shifts'], return_text: true },
      raw: { query: '护士', texts: ['面包师', '夜班护士'], raw_scores: true, truncate: true },
    },
    response: teiRerankResponse,
    responseExample: [
      { index: 1, text: 'Nurse for night shifts', score: 0.91 },
      { index: 0, text: 'Baker', score: 0.02 },
    ],
    ...ERRORS,
  },
  'POST /similarity': {
    summary: 'The cosine of one sentence with each of several, as Text Embeddings Inference gives it.',
    request: teiSimilarityRequest,
    requestExamples: {
      one: { inputs: { source_sentence: 'nurse', sentences: ['night nurse', 'baker'] } },
    },
    response: teiSimilarityResponse,
    responseExample: [0.83, 0.11],
    ...ERRORS,
  },
  'POST /tokenize': {
    summary: 'The tokens of texts and where they lie in them, as Text Embeddings Inference shows them.',
    request: teiTokenizeRequest,
    requestExamples: {
      one: { inputs: 'Night nurse' },
      several: { inputs: ['Night nurse', '夜班护士'], add_special_tokens: false },
    },
    response: teiTokenizeResponse,
    responseExample: [
      [
        { id: 2305, text: 'Night', special: false, start: 0, stop: 5 },
        { id: 6821, text: 'nurse', special: false, start: 6, stop: 11 },
      ],
    ],
    ...ERRORS,
  },
  'GET /info': {
    summary: 'The default model, as Text Embeddings Inference describes its own.',
    response: teiInfoResponse,
    errors: teiErrorResponse,
    errorStatuses: [401],
  },
}
