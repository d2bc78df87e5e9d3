/** One request that costs its sender nothing. */
export interface HostileRequest {
  readonly name: string
  readonly path: string
  readonly body: Buffer
}

/** The largest body that is accepted. */
const BYTES = 6 * 1024 * 1024
/** Room for the fields around a value. */
const ROOM = 600

/** Repeats an item, separated by commas, up to the size of a body. */
function filled(open: string, item: (index: number) => string, close: string): string {
  const parts: string[] = []
  let bytes = open.length + close.length
  for (let index = 0; ; index++) {
    const next = item(index)
    bytes += Buffer.byteLength(next) + 1
    if (bytes > BYTES - ROOM) return `${open}${parts.join(',')}${close}`
    parts.push(next)
  }
}

function text(unit: string, bytes = BYTES - ROOM): string {
  const written = JSON.stringify(unit).slice(1, -1)
  return `"${written.repeat(Math.floor((bytes - 2) / Buffer.byteLength(written)))}"`
}

const PROSE = 'I am a nurse in Bern, and I know Java and SQL well. '

/** JSON values of some 6 MB, each wrong or large in another way. */
const VALUES: Readonly<Record<string, () => string>> = {
  ids: () => filled('[', () => '5', ']'),
  floats: () => filled('[', (index) => `0.${index}1`, ']'),
  digits: () => filled('[', (index) => `1234567890123456${index}`, ']'),
  'empty lists': () => filled('[', () => '[]', ']'),
  'lists of an id': () => filled('[', () => '[1]', ']'),
  'lists of ids': () => filled('[', () => `[${Array(2000).fill(7).join(',')}]`, ']'),
  'empty objects': () => filled('[', () => '{}', ']'),
  'small objects': () => filled('[', () => '{"text":"a"}', ']'),
  'short texts': () => filled('[', () => '"ab"', ']'),
  '2,000 texts': () => filled('[', () => text(PROSE, 3000), ']'),
  'a key each': () => filled('{', (index) => `"k${index.toString(36)}":1`, '}'),
  'objects of other keys': () => filled('[', (index) => `{"k${index.toString(36)}":[1]}`, ']'),
  'deep lists': () => `${'['.repeat(3_000_000)}${']'.repeat(3_000_000)}`,
  'deep objects': () => `${'{"a":'.repeat(900_000)}1${'}'.repeat(900_000)}`,
  letters: () => text('a'),
  prose: () => text(PROSE),
  lines: () => text('\n'),
  marks: () => text('a!?'),
  numbers: () => text('1-'),
  ats: () => text('a@b.'),
  Chinese: () => text('护士'),
  quotes: () => text('"'),
  backslashes: () => text('\\'),
  colons: () => text('":'),
  'long digits': () => text('1'),
  'mobile numbers': () => text('138001380001'),
  'identity numbers': () => text('11010519491231002X'),
  WeChat: () => text('微信wx: '),
  'white space': () => `${' '.repeat(BYTES - ROOM)}1`,
  'a long number': () => '1'.repeat(BYTES - ROOM),
  'a long key': () => `{${text('k')}:1}`,
  emoji: () => text('👩‍⚕️'),
  'an open list': () => filled('[', () => '[', ''),
}

/** Bodies of each route with a hole, which stands for one of the values. */
const SHAPES: readonly (readonly [path: string, body: string])[] = [
  ['/embed', '{"input":?}'],
  ['/embed', '{"inputs":?}'],
  ['/embed', '{"input":"a","encoding":?}'],
  ['/embed', '?'],
  ['/v1/embeddings', '{"model":"jobs-static","input":?}'],
  ['/v1/embeddings', '{"model":"jobs-static","input":"a","more":?}'],
  ['/', '{"inputs":?}'],
  ['/', '{"inputs":{"source_sentence":"a","sentences":?}}'],
  ['/rerank', '{"query":"a","texts":?}'],
  ['/rerank', '{"query":?,"texts":["a"],"return_text":true}'],
  ['/similarity', '{"inputs":{"source_sentence":"a","sentences":?}}'],
  ['/tokenize', '{"inputs":?}'],
  ['/v2/embed', '{"model":"jobs-static","input_type":"search_query","texts":?}'],
  ['/v2/embed', '{"model":"jobs-static","input_type":"search_query","inputs":?}'],
  ['/v1/embed', '{"texts":?,"embedding_types":["float","int8","uint8","binary"]}'],
  ['/v2/rerank', '{"model":"jobs-static","query":"a","documents":?}'],
  ['/v1/rerank', '{"query":"a","documents":?,"return_documents":true}'],
  ['/match', '{"query":"nurse","candidates":?}'],
  ['/match', '{"query":"nurse","candidates":[?],"explain":true,"redact":true}'],
  [
    '/match',
    '{"query":{"text":?,"skills":["Java"]},"candidates":[{"text":"Java"}],"explain":true,"redact":["x"]}',
  ],
  ['/match', '{"query":{"skills":["SQL"]},"candidates":[{"id":1,"text":?}],"explain":true,"redact":["x"]}'],
  ['/match', '{"query":{"skills":?},"candidates":[{"skills":["Java"]}],"explain":true}'],
  [
    '/match',
    '{"query":"a","candidates":[{"skills":?}],"weights":{"skills":1},"filters":{"skills":{"hasAny":["b"]}}}',
  ],
  ['/match', '{"query":"a","candidates":["a"],"filters":?}'],
  ['/match', '{"query":"a","candidates":[{"f":"a"}],"filters":{"f":{"in":?}}}'],
  ['/match', '{"query":"a","candidates":["a"],"weights":?}'],
  ['/match', '{"query":"a","candidates":["a"],"redact":?}'],
  ['/match', '{"queries":?,"candidates":["a"]}'],
  ['/match', '{"query":{"vector":?},"candidates":["a"]}'],
]

/** Documents of many fields, texts or skills, and many queries with many candidates. */
const LARGE_MATCHES: Readonly<Record<string, () => string>> = {
  '1,000 × 1,000': () => {
    const documents = Array.from({ length: 1000 }, (_, index) => `nurse ${index} ${'in Bern '.repeat(300)}`)
    return JSON.stringify({
      queries: documents,
      candidates: documents.map((_, index) => `cook ${index}`),
      topK: 1000,
    })
  },
  '1,000 × 1,000 by 8 sections': () => {
    const fields = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`s${index}`, `nurse ${index}`]),
    )
    const documents = Array(1000).fill(fields)
    const weights = Object.fromEntries(Object.keys(fields).map((name) => [name, 1]))
    return JSON.stringify({ queries: documents, candidates: documents, weights, topK: 1 })
  },
  '1,000 candidates with 200 skills, explained': () => {
    const skills = (index: number) => Array.from({ length: 200 }, (_, at) => `skill ${at} of ${index}`)
    const candidates = Array.from({ length: 1000 }, (_, index) => ({
      text: PROSE.repeat(5),
      skills: skills(index),
    }))
    return JSON.stringify({ query: { skills: skills(0) }, candidates, explain: true, topK: 10 })
  },
  '1,000 candidates, redacted and explained': () => {
    const candidates = Array.from({ length: 1000 }, (_, index) => `${index}${PROSE.repeat(110)}`)
    return JSON.stringify({
      query: { text: PROSE, skills: ['Java'] },
      candidates,
      explain: true,
      redact: true,
    })
  },
  '1,000 candidates with 600 fields': () => {
    const fields = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`f${index}`, 1]))
    return JSON.stringify({
      query: 'a',
      candidates: Array(1000).fill({ text: 'a', ...fields }),
      redact: ['b'],
    })
  },
  'filters by 40,000 values': () => {
    const values = Array.from({ length: 10_000 }, (_, index) => `value ${index}`)
    const filters = { a: { hasAll: values }, b: { hasAny: values }, c: { in: values }, d: { hasAll: values } }
    const candidates = Array(1000).fill({ text: 'a', a: values.slice(0, 150), b: ['value 1'], c: 'value 1' })
    return JSON.stringify({ query: 'a', candidates, filters })
  },
}

/** Every shape with every value, made when it is asked for. */
export function* hostileRequests(only: RegExp): Generator<HostileRequest> {
  const match = Object.entries(LARGE_MATCHES).map(([name, make]) => ({
    name: `/match ${name}`,
    path: '/match',
    make,
  }))
  const filledShapes = SHAPES.flatMap(([path, shape]) =>
    Object.entries(VALUES).map(([name, value]) => ({
      name: `${path} ${shape.replace('?', `<${name}>`)}`,
      path,
      make: () => shape.replace('?', () => value()),
    })),
  )
  for (const { name, path, make } of [...match, ...filledShapes]) {
    if (only.test(name)) yield { name, path, body: Buffer.from(make()).subarray(0, BYTES) }
  }
}
