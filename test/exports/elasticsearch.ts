import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { isRecord } from '../../src/is-record.ts'
import { cosine } from '../clients/live-server.ts'
import type { Started } from './programs.ts'

/**
 * A stand-in for Elasticsearch, which no registry offers: it takes what its reference documents of these requests and
 * refuses the rest, so that a recipe with a field that does not exist fails.
 */
export async function startElasticsearch(): Promise<Started> {
  const indices = new Map<string, Index>()
  const server = createServer(async (request, response) => {
    const [status, body] = answer(indices, request, await text(request))
    response.writeHead(status, {
      'x-elastic-product': 'Elasticsearch',
      'content-type': request.headers.accept ?? 'application/json',
    })
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, stop: () => server.close() }
}

type Json = Readonly<Record<string, unknown>>
type Answer = readonly [status: number, body: unknown]

interface Index {
  readonly fields: Readonly<Record<string, Json>>
  readonly rows: Map<string, Json>
}

interface Search {
  readonly knn: {
    readonly field: string
    readonly query_vector: readonly number[]
    readonly k: number
    readonly num_candidates: number
    readonly filter: { readonly term: Json }
  }
  readonly size: number
}

/** What a field of a mapping may say, by its type. */
const FIELD_KEYS: Readonly<Record<string, readonly string[]>> = {
  dense_vector: ['type', 'dims', 'index', 'similarity', 'element_type', 'index_options'],
  keyword: ['type', 'ignore_above'],
  integer: ['type', 'coerce'],
}
const KNN_KEYS = ['field', 'query_vector', 'k', 'num_candidates', 'filter', 'boost', 'similarity']

function answer(indices: Map<string, Index>, { method, url }: IncomingMessage, body: string): Answer {
  const [, name = '', action, id] = new URL(url!, 'http://stand-in').pathname
    .split('/')
    .map(decodeURIComponent)
  const asked = `${method} ${action ?? ''}`
  if (name === '_bulk') return [200, bulk(indices, body)]
  if (asked === 'PUT ') return create(indices, name, JSON.parse(body))
  const index = indices.get(name)
  if (!index) return refuse(404, 'index_not_found_exception', `no such index [${name}]`)
  if (asked === 'HEAD ') return [200, {}]
  if (asked === 'PUT _doc') return write(index, id!, JSON.parse(body))
  if (action === '_count') return [200, { count: index.rows.size, _shards: { total: 1, successful: 1 } }]
  if (asked === 'POST _search') return search(name, index, JSON.parse(body))
  return refuse(400, 'illegal_argument_exception', `the stand-in has no ${method} ${url}`)
}

function create(indices: Map<string, Index>, name: string, { mappings, ...rest }: Json): Answer {
  const properties =
    isRecord(mappings) && Object.keys(mappings).join() === 'properties' && mappings.properties
  if (Object.keys(rest).length > 0 || !isRecord(properties))
    return refuse(400, 'parse_exception', `unknown key in ${JSON.stringify({ mappings, ...rest })}`)
  for (const [field, options] of Object.entries(properties)) {
    const known = isRecord(options) ? FIELD_KEYS[String(options.type)] : undefined
    if (!known || Object.keys(options as Json).some((key) => !known.includes(key)))
      return refuse(400, 'mapper_parsing_exception', `field [${field}]: ${JSON.stringify(options)}`)
  }
  indices.set(name, { fields: properties as Index['fields'], rows: new Map() })
  return [200, { acknowledged: true, shards_acknowledged: true, index: name }]
}

function bulk(indices: Map<string, Index>, body: string): unknown {
  if (!body.endsWith('\n')) throw new Error('The bulk request must be terminated by a newline.')
  const lines = body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json)
  const items = []
  for (let place = 0; place < lines.length; place += 2) {
    const { index: target, ...others } = lines[place]!
    if (!isRecord(target) || Object.keys(others).length > 0) throw new Error('Only "index" is known here.')
    const [status, result] = write(indices.get(String(target._index))!, String(target._id), lines[place + 1]!)
    items.push({ index: { ...target, status, ...(result as Json) } })
  }
  return { took: 1, errors: items.some(({ index }) => Number(index.status) >= 400), items }
}

function write({ fields, rows }: Index, id: string, row: Json): Answer {
  if (Buffer.byteLength(id) > 512) return refuse(400, 'illegal_argument_exception', 'id is too long')
  for (const [field, { type, dims }] of Object.entries(fields)) {
    const value = row[field]
    if (type === 'dense_vector' && (!Array.isArray(value) || value.length !== dims))
      return refuse(400, 'document_parsing_exception', `[${field}] has not ${dims} dimensions`)
    if (type === 'dense_vector' && (value as number[]).every((one) => one === 0)) {
      const reason = 'The [cosine] similarity does not support vectors with zero magnitude.'
      return refuse(400, 'document_parsing_exception', reason)
    }
    if (type === 'integer' && value !== undefined && !/^-?\d+$/.test(String(value)))
      return refuse(400, 'document_parsing_exception', `[${field}] is no integer`)
  }
  rows.set(id, row)
  return [201, { _id: id, result: 'created' }]
}

function search(name: string, { fields, rows }: Index, { knn, size, ...rest }: Search): Answer {
  const unknown = [...Object.keys(rest), ...Object.keys(knn).filter((key) => !KNN_KEYS.includes(key))]
  if (unknown.length > 0) return refuse(400, 'parsing_exception', `unknown key [${unknown.join()}]`)
  const { field, query_vector, k, num_candidates, filter } = knn
  if (fields[field]?.type !== 'dense_vector' || k > num_candidates || num_candidates > 10_000)
    return refuse(400, 'illegal_argument_exception', '[num_candidates] cannot be less than [k]')
  const [[term, wanted]] = Object.entries(filter.term) as [[string, unknown]]
  if (fields[term]?.type !== 'keyword') return refuse(400, 'stand_in', `[${term}] is no keyword`)
  const hits = [...rows]
    .filter(([, row]) => row[term] === wanted)
    .map(([id, row]) => {
      const score = (1 + cosine(row[field] as number[], query_vector)) / 2
      return { _index: name, _id: id, _score: score, _source: row }
    })
    .sort((one, other) => other._score - one._score)
    .slice(0, Math.min(k, size))
  return [200, { took: 1, timed_out: false, hits: { max_score: hits[0]?._score ?? null, hits } }]
}

function refuse(status: number, type: string, reason: string): Answer {
  return [status, { error: { type, reason, root_cause: [{ type, reason }] }, status }]
}
