import { parseExactJson } from '../formats/exact-json.ts'
import { nativeDialect } from './errors.ts'
import type { Route, RouteParts } from './route.ts'

/** The route of `POST /match`, whose code is loaded with the first request for it. */
export function matchRoute(parts: RouteParts): Route {
  return {
    method: 'POST',
    path: '/match',
    dialect: nativeDialect,
    parse: parseExactJson,
    answer: async (body, call) => (await import('./match-answer.ts')).answerMatch(body, call, parts),
  }
}
