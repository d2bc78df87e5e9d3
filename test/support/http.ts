import { createHttpApp, type HttpApp, type HttpParts } from '../../src/http/app.ts'
import { LAMBDA_LIMITS } from '../../src/http/limits.ts'
import type { Asked } from '../../src/http/request-context.ts'
import { createCatalog } from '../../src/models/catalog/catalog.ts'
import type { Engine } from '../../src/models/engine/engine.ts'
import { createServices } from '../../src/services/services.ts'
import { createRecordingEngine } from './engines.ts'
import { manifestOf } from './manifests.ts'

/** The HTTP interface over a recording engine, with the models small (alias fast), wide, large, the
 * reranker cross, and writer, which only generates. */
export function createTestApp(parts: Partial<HttpParts> = {}) {
  return createAppOver(createRecordingEngine(), parts)
}

/** The same over a given engine. */
export function createAppOver<TEngine extends Engine>(
  engine: TEngine,
  parts: Partial<HttpParts> = {},
): HttpApp & {
  readonly engine: TEngine
} {
  const catalog = createCatalog([
    manifestOf({ id: 'small', aliases: ['fast'], dimensions: 4, matryoshka: [2] }),
    manifestOf({ id: 'wide', dimensions: 64, calibration: { midpoint: 0.4, slope: 10 } }),
    manifestOf({ id: 'large', dimensions: 768 }),
    manifestOf({ id: 'cross', task: 'rerank', dimensions: 1 }),
    manifestOf({ id: 'writer', task: 'generate' }),
  ])
  const services = createServices({ catalog, engine, defaultModel: 'small' })
  const app = createHttpApp({
    ...services,
    catalog,
    engine,
    defaultModel: 'small',
    limits: LAMBDA_LIMITS,
    ...parts,
  })
  return { ...app, engine }
}

/** A POST of JSON; a string body is sent as it is. */
export function post(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return new Request(`http://localhost${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** A GET. */
export function get(path: string, headers: Record<string, string> = {}): Request {
  return new Request(`http://localhost${path}`, { headers })
}

/** What a request says before its body has come. */
export function askedFor(method: string, url: string, headers: Record<string, string> = {}): Asked {
  return { method, url, headers: new Headers(headers) }
}
