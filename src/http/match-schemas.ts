import * as v from 'valibot'

const weight = v.pipe(v.number(), v.minValue(0, 'a number of at least 0'))
const positive = v.pipe(v.number(), v.integer('a whole number'), v.minValue(1, 'a number of at least 1'))
const vector = v.pipe(v.array(v.number()), v.minLength(1, 'a list of numbers'))

/** Valibot takes a list for a record without fields. */
const object = v.custom<Record<string, unknown>>((value) => !Array.isArray(value), 'an object')

/** A text, or a structured document of any fields; `id`, `text` and `vector` have a meaning of their own. */
const document = v.union(
  [
    v.string(),
    v.looseObject({
      id: v.optional(v.union([v.string(), v.number()], 'a text or number')),
      vector: v.optional(vector),
    }),
  ],
  'a text or an object such as {"id": "1", "text": "…"}',
)

const collection = v.strictObject({ collection: v.pipe(v.string(), v.minLength(1, 'a name')) })

const condition = v.strictObject({
  equals: v.optional(v.union([v.string(), v.number(), v.boolean()], 'a text, number or boolean')),
  in: v.optional(v.array(v.union([v.string(), v.number()], 'a text or number'))),
  min: v.optional(v.number()),
  max: v.optional(v.number()),
  hasAll: v.optional(v.array(v.string())),
  hasAny: v.optional(v.array(v.string())),
  within: v.optional(
    v.strictObject({
      latitude: v.pipe(v.number(), v.minValue(-90, 'degrees from -90'), v.maxValue(90, 'degrees up to 90')),
      longitude: v.pipe(
        v.number(),
        v.minValue(-180, 'degrees from -180'),
        v.maxValue(180, 'degrees up to 180'),
      ),
      kilometres: v.pipe(v.number(), v.minValue(0, 'a distance of at least 0')),
    }),
  ),
})

const ensemble = v.strictObject({
  ensemble: v.pipe(
    v.array(v.strictObject({ model: v.string(), weight: v.optional(weight, 1) })),
    v.minLength(1, 'at least one model'),
    v.maxLength(8, 'at most 8 models'),
  ),
  fusion: v.optional(v.picklist(['rrf', 'weighted']), 'weighted'),
})

/** `POST /match`. */
export const matchRequest = v.strictObject({
  query: v.optional(v.pipe(document, v.description('What to match for.'))),
  queries: v.optional(v.pipe(v.array(document), v.description('Several at once, instead of query.'))),
  candidates: v.pipe(
    v.union([v.array(document), collection], 'a list of documents or {"collection": "…"}'),
    v.description('What is ranked: documents, or a collection that was built before.'),
  ),
  model: v.optional(v.union([v.string(), ensemble], 'a model or {"ensemble": […]}')),
  topK: v.optional(v.pipe(positive, v.maxValue(1000, 'at most 1000'))),
  threshold: v.optional(v.pipe(v.number(), v.description('The least score that is returned.'))),
  filters: v.optional(
    v.pipe(
      object,
      v.record(v.string(), condition),
      v.description('By field; candidates that fail are excluded with a reason, not lowered.'),
    ),
  ),
  weights: v.optional(
    v.pipe(object, v.record(v.string(), weight), v.description('Compares section by section, weighted.')),
  ),
  rerank: v.optional(
    v.strictObject({
      model: v.string(),
      top: v.optional(v.pipe(positive, v.maxValue(100, 'at most 100')), 20),
    }),
  ),
  explain: v.optional(v.boolean(), false),
  redact: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description('Fields to drop before embedding; contact details in texts are dropped too.'),
    ),
  ),
  role: v.optional(v.picklist(['query', 'document'])),
  deterministic: v.optional(v.boolean(), false),
})

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
  explanation: v.optional(
    v.object({
      evidence: v.array(v.object({ query: passage, candidate: passage, score: v.number() })),
      skills: v.optional(
        v.object({
          matched: v.array(v.object({ query: v.string(), candidate: v.string(), score: v.number() })),
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
      excluded: v.pipe(v.number(), v.description('Rows that the filters left out.')),
    }),
  ),
  warnings: v.array(v.string()),
  usage: v.object({ tokens: v.number() }),
  timing: v.record(v.string(), v.number()),
})
