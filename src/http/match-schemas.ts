import * as v from 'valibot'
import { MOST_WEIGHT } from '../services/match/plan.ts'
import {
  anyFields,
  defaulted,
  instead,
  isTextOrFields,
  modelName,
  optional,
  positive,
  quick,
  text,
} from './fields.ts'
import { filters } from './filter-schema.ts'
import { MOST_DOCUMENTS } from './match-documents.ts'

/** A judge of 0.6 billion numbers takes half a second a candidate on two processors. */
const MOST_JUDGED = 50

/** Each section of a document is embedded by itself. */
const MOST_SECTIONS = 64

/** Its upper bound is checked with the sum of the weights; the metadata is for OpenAPI. */
const weight = v.pipe(
  v.number(),
  v.minValue(0, 'a number of at least 0'),
  v.metadata({ maximum: MOST_WEIGHT }),
)
const vector = v.pipe(
  quick(v.array(v.number()), (item) => typeof item === 'number' && !Number.isNaN(item)),
  v.minLength(1, 'a list of numbers'),
)

/** A text, or a structured document of any fields; `id`, `text` and `vector` have a meaning of their own. */
const document = v.union(
  [
    text,
    anyFields(
      v.looseObject({
        id: optional(v.union([v.string(), v.number()], 'a text or number')),
        vector: optional(vector),
      }),
    ),
  ],
  'a text or an object such as {"id": "1", "text": "…"}',
)

/** A document that the schema would leave as it is; to have it copied takes 1 µs a field. */
function isPlain(value: unknown): boolean {
  if (!isTextOrFields(value)) return false
  if (typeof value === 'string') return true
  const { id, vector } = value
  return (id === undefined || typeof id === 'string' || Number.isFinite(id)) && vector === undefined
}

/** How many there may be is checked later, with a sentence; the metadata is for OpenAPI. */
const documents = v.pipe(
  quick(v.array(document), isPlain),
  v.metadata({ minItems: 1, maxItems: MOST_DOCUMENTS }),
)

const collection = v.strictObject({ collection: v.pipe(v.string(), v.minLength(1, 'a name')) })

const ensemble = v.strictObject({
  ensemble: v.pipe(
    v.array(v.strictObject({ model: modelName, weight: defaulted(weight, 1) })),
    v.minLength(1, 'at least one model'),
    v.maxLength(8, 'at most 8 models'),
  ),
  fusion: defaulted(v.picklist(['rrf', 'weighted']), 'weighted'),
})

/** The body of `POST /match`. */
export const matchRequest = v.pipe(
  v.strictObject({
    query: optional(v.pipe(document, v.description('What to match for.'))),
    queries: optional(v.pipe(documents, v.description('Several at once, instead of query.'))),
    candidates: v.pipe(
      v.union([documents, collection], 'a list of documents or {"collection": "…"}'),
      v.description('What is ranked: documents, or a collection that was built before.'),
    ),
    model: optional(v.union([modelName, ensemble], 'a model or {"ensemble": […]}')),
    topK: optional(v.pipe(positive, v.maxValue(1000, 'at most 1000'))),
    threshold: optional(
      v.pipe(
        v.number(),
        v.finite('a number that 64 bits can hold'),
        v.description('The least score that is returned.'),
      ),
    ),
    filters: optional(filters),
    weights: optional(
      anyFields(
        v.pipe(
          v.record(v.string(), optional(weight)),
          v.maxEntries(MOST_SECTIONS, `at most ${MOST_SECTIONS} sections`),
          v.description('By section of the documents: these are compared one by one, weighted.'),
        ),
      ),
    ),
    rerank: optional(
      v.strictObject({
        model: modelName,
        top: defaulted(v.pipe(positive, v.maxValue(100, 'at most 100')), 20),
      }),
    ),
    judge: optional(
      v.pipe(
        v.strictObject({
          model: optional(modelName),
          top: optional(v.pipe(positive, v.maxValue(MOST_JUDGED, `at most ${MOST_JUDGED}`))),
          quotes: optional(
            v.pipe(
              v.boolean(),
              v.description(
                'Whether it also quotes what its verdicts rest on: models of another server, and those of 7 billion parameters and more.',
              ),
            ),
          ),
        }),
        v.description(
          'A language model reads the best candidates again and orders them among themselves, within bounds; it leaves nobody out. Off unless it is asked for.',
        ),
      ),
    ),
    explain: defaulted(v.boolean(), false),
    redact: optional(
      v.pipe(
        v.union([v.boolean(), v.array(v.string())], 'true, false or a list of fields'),
        v.description(
          'Fields to drop before embedding; contact details and identity numbers in texts are blanked too. true: these alone.',
        ),
      ),
    ),
    role: optional(v.picklist(['query', 'document'])),
    deterministic: defaulted(v.boolean(), false),
  }),
  v.metadata({ oneOf: [instead('query', 'queries'), instead('queries', 'query')] }),
)

const passage = v.object({
  path: v.string(),
  start: v.number(),
  end: v.number(),
  text: v.string(),
})

const result = v.object({
  id: v.string(),
  index: v.number(),
  score: v.number(),
  chance: v.optional(v.number()),
  band: v.optional(v.string()),
  models: v.record(v.string(), v.number()),
  sections: v.optional(v.record(v.string(), v.nullable(v.number()))),
  rerank: v.optional(v.number()),
  judge: v.optional(v.pipe(v.number(), v.description('The chance of a fit, as the judge has it.'))),
  flags: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description('addresses_the_judge: its text speaks to who judges it, so it can only fall.'),
    ),
  ),
  quotes: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description(
        'What the judge rests on, as it stands in the text; absent where it was not asked, speaks to the judge, or has no answer.',
      ),
    ),
  ),
  explanation: v.optional(
    v.object({
      evidence: v.array(v.object({ query: passage, candidate: passage, score: v.number() })),
      skills: v.optional(
        v.object({
          matched: v.array(
            v.object({
              query: v.string(),
              candidate: v.string(),
              score: v.number(),
              evidence: v.optional(
                v.pipe(
                  v.literal('text'),
                  v.description("Not among the candidate's skills: its text says so."),
                ),
              ),
              path: v.optional(v.pipe(v.string(), v.description('Where that text is.'))),
            }),
          ),
          missing: v.array(v.string()),
        }),
      ),
    }),
  ),
})

/** The answer of `POST /match`: `results` of `query`, or `matches` of `queries`. */
export const matchResponse = v.object({
  models: v.array(
    v.object({ model: v.string(), revision: v.string(), precision: v.string(), weight: v.number() }),
  ),
  results: v.optional(v.array(result)),
  matches: v.optional(v.array(v.object({ query: v.string(), results: v.array(result) }))),
  excluded: v.array(v.object({ id: v.string(), reason: v.string() })),
  collection: v.optional(
    v.object({
      name: v.string(),
      version: v.number(),
      rows: v.number(),
      excluded: v.exactOptional(
        v.pipe(
          v.number(),
          v.description('Rows that the filters left out; absent where the engine does not count them.'),
        ),
      ),
      estimated: v.optional(
        v.pipe(v.boolean(), v.description('Whether that number was reckoned from a sample of the rows.')),
      ),
      engine: v.pipe(v.string(), v.description('What searched: exact (built in), pgvector or s3vectors.')),
      exact: v.pipe(v.boolean(), v.description('Whether no better row can have been missed.')),
    }),
  ),
  warnings: v.array(v.string()),
  usage: v.object({
    tokens: v.number(),
    truncated: v.pipe(v.number(), v.description('Texts that lost tokens.')),
    unknown: v.pipe(v.number(), v.description('Texts of which a model knows no token.')),
  }),
  timing: v.record(v.string(), v.number()),
})
