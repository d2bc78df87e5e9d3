import type { Documentation } from '../documentation/route-documentation.ts'
import type { Dialect } from '../errors.ts'
import type { Route } from '../route.ts'

/** A route whose dialect and documentation are those of its neighbours. */
export type PlainRoute = Omit<Route, 'dialect' | 'guarded' | 'documentation'>

/** Routes of one dialect that only callers with a token or of this machine may ask, each with its documentation. */
export function guarded(
  routes: readonly PlainRoute[],
  dialect: Dialect,
  documentation: Documentation,
): Route[] {
  return routes.map((route) => ({
    ...route,
    dialect,
    guarded: true,
    documentation: documentation[`${route.method} ${route.path}`]!,
  }))
}
