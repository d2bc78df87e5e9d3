/** A test for paths of the given routes, of which `:name` is one open segment. */
export function routeTest(paths: readonly string[]): (path: string) => boolean {
  const plain = new Set(paths.filter((path) => !path.includes(':')))
  const open = paths
    .filter((path) => path.includes(':'))
    .map((path) => new RegExp(`^${path.replaceAll(/:\\w+/g, '[^/]+')}$`))
  return (path) => {
    const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
    return plain.has(bare) || open.some((pattern) => pattern.test(bare))
  }
}

/**
 * The path without the base path before it. A path that is a route as it stands is taken for that one, so that a base
 * path named like the beginning of a route hides none.
 */
export function routePathOf(path: string, isRoute: (path: string) => boolean, basePath = ''): string {
  if (basePath === '' || isRoute(path)) return path
  if (path !== basePath && !path.startsWith(`${basePath}/`)) return path
  return path.slice(basePath.length) || '/'
}
