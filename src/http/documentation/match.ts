import { matchRequest, matchResponse } from '../match-schemas.ts'
import { errorResponse } from '../schemas.ts'
import { type Documentation, MODEL_ERRORS } from './route-documentation.ts'

/** What OpenAPI says of `POST /match`. */
export const matchDocumentation: Documentation = {
  'POST /match': {
    summary: 'Ranks candidates for a query, and says why.',
    request: matchRequest,
    requestExamples: {
      texts: { query: 'Night nurse, intensive care', candidates: ['Baker', 'Nurse', '夜班护士'], topK: 2 },
      structured: {
        query: { title: 'Nurse', skills: ['triage', 'German'] },
        candidates: [
          { id: 'r1', title: 'Nurse', skills: ['triage'], years: 4 },
          { id: 'r2', title: 'Baker', skills: ['bread'], years: 1 },
        ],
        weights: { title: 0.6, skills: 0.4 },
        filters: { years: { min: 2 } },
        explain: true,
        redact: ['name'],
      },
    },
    response: matchResponse,
    responseExample: {
      models: [{ model: 'jobs-static-2', revision: '0f1e2d3c', precision: 'int8', weight: 1 }],
      results: [
        {
          id: '1',
          index: 1,
          score: 0.74,
          chance: 0.93,
          band: 'very high',
          models: { 'jobs-static-2': 0.74 },
        },
      ],
      excluded: [],
      warnings: [],
      usage: { tokens: 9, truncated: 0, unknown: 0 },
      timing: { recallMs: 0.4, fuseMs: 0.01 },
    },
    errors: errorResponse,
    errorStatuses: MODEL_ERRORS,
  },
}
