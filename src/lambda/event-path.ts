/** What an event says of its path, whatever API it came from. */
export interface EventPath {
  /** As the caller sent it: behind a stage or the base path of a custom domain. */
  readonly path: string
  /** The API's stage, empty where it is not in the path. */
  readonly stage: string
  /** The host that was asked. */
  readonly domain: string | undefined
  /** The route of the API that matched, such as `/{proxy+}` or `/v1/models/{model}`, when there is one. */
  readonly template: string | undefined
  readonly parameters: Readonly<Record<string, string | undefined>>
}

/**
 * The path that is meant for the service. The API's own route says it where there is one: what stands before it is a
 * stage or a base path. Otherwise a leading segment named like the stage is the stage, unless the path is a route of the
 * service with it and none without it, as `/v1/embeddings` is for a stage called `v1`. Only Amazon's own host always has
 * the stage in the path; a custom domain need not.
 *
 * @param isRoute whether the service answers a path
 */
export function servicePathOf(event: EventPath, isRoute: (path: string) => boolean): string {
  const { path, stage } = event
  const routed = routedPathOf(event)
  if (routed !== undefined) return routed
  const prefix = `/${stage}`
  if (stage === '' || !(path === prefix || path.startsWith(`${prefix}/`))) return path
  const rest = path.slice(prefix.length) || '/'
  if (isRoute(path) && !(isRoute(rest) && isAmazonHost(event.domain))) return path
  return rest
}

/** The API's route with its parameters filled in, when the path ends in it behind nothing but stage or base path. */
function routedPathOf({ path, stage, domain, template, parameters }: EventPath): string | undefined {
  if (!template?.startsWith('/')) return undefined
  let complete = true
  const filled = template.replaceAll(/\{([^{}+]+)(\+?)\}/g, (_, name: string, greedy: string) => {
    const value = parameters[name]
    complete &&= value !== undefined
    return greedy
      ? (value ?? '').split('/').map(encodeURIComponent).join('/')
      : encodeURIComponent(value ?? '')
  })
  if (!complete) return undefined
  const [whole, end] = [decoded(path), decoded(filled)]
  if (!whole.endsWith(end)) return undefined
  const before = whole.slice(0, whole.length - end.length)
  return before === '' || before === `/${stage}` || !isAmazonHost(domain) ? filled : undefined
}

function isAmazonHost(domain: string | undefined): boolean {
  return /\.(execute-api|lambda-url)\./.test(domain ?? '')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
