import type { NamedToken } from './http/auth.ts'
import { type Reader, wrong } from './settings.ts'

/** What the Node server alone asks for, and what browsers and several callers need. */
export interface ServerSettings {
  /** How long a connection without a request is kept. */
  readonly keepAliveSeconds: number
  /** Longest that the head of a request may take. */
  readonly headerSeconds: number
  /** Longest that its body may take after that. */
  readonly bodySeconds: number
  readonly maxConnections: number
  /** How long the server goes on after it was asked to stop, so that load balancers hear of it. */
  readonly drainSeconds: number
  /** When it is ended from outside, counted from then. */
  readonly graceSeconds: number
  /** Where metrics are served; nowhere when absent. */
  readonly metricsPort: number | undefined
  /** Where the API is heard when absent. */
  readonly metricsHost: string | undefined
  readonly accessLog: boolean
  /** Origins whose pages may call; `*` alone stands for all. */
  readonly corsOrigins: readonly string[]
  readonly authTokens: readonly NamedToken[]
}

/** How long before the end of the grace the server leaves by itself: a fifth of it, 5 s at most. */
export function leaveSeconds(graceSeconds: number): number {
  return Math.min(5, Math.ceil(graceSeconds / 5))
}

/**
 * The settings of the Node server, and those of callers that every HTTP door has.
 *
 * @param port of the API
 * @throws AppError `invalid_request` that names the setting, what it should be and what it is
 */
export function readServerSettings(read: Reader, port: number): ServerSettings {
  const metricsPort = readMetricsPort(read, port)
  const graceSeconds = read.integer('GRACE_SECONDS', 1, 86_400, 30)
  const workSeconds = graceSeconds - leaveSeconds(graceSeconds)
  const drainSeconds = read.integer('DRAIN_SECONDS', 0, 86_400, Math.min(5, workSeconds))
  if (drainSeconds > workSeconds) {
    const most = `expected at most ${workSeconds}, so that answers are out before GRACE_SECONDS (${graceSeconds}) are over`
    throw wrong('DRAIN_SECONDS', `is ${drainSeconds}; ${most}`)
  }
  return {
    // Load balancers keep connections for 60 s; whoever closes first, the other may just have sent a request.
    keepAliveSeconds: read.integer('KEEP_ALIVE_SECONDS', 1, 86_400, 75),
    headerSeconds: read.integer('HEADER_SECONDS', 1, 3600, 15),
    bodySeconds: read.integer('BODY_SECONDS', 1, 86_400, 60),
    maxConnections: read.integer('MAX_CONNECTIONS', 1, 1_000_000, 1000),
    drainSeconds,
    graceSeconds,
    metricsPort,
    metricsHost: read.host('METRICS_HOST'),
    accessLog: read.flag('ACCESS_LOG'),
    corsOrigins: readOrigins(read),
    authTokens: readTokens(read),
  }
}

/** On the port of the API everyone could read them. */
function readMetricsPort(read: Reader, port: number): number | undefined {
  if (read.text('METRICS_PORT') === undefined) return undefined
  const metricsPort = read.integer('METRICS_PORT', 0, 65_535, 0)
  if (metricsPort === 0 || metricsPort !== port) return metricsPort
  throw wrong('METRICS_PORT', `is ${port}, as PORT is; expected a port of its own`)
}

function readOrigins(read: Reader): string[] {
  const origins = read.list('CORS_ORIGINS') ?? []
  if (origins.includes('*') && origins.length > 1) {
    throw wrong('CORS_ORIGINS', 'has * beside other origins; expected * alone or origins without it')
  }
  return origins.map((origin) => {
    if (origin === '*') return origin
    const isOrigin = /^https?:\/\/[^/\s?#]+$/i.test(origin) && URL.canParse(origin)
    // As browsers send it: small letters, no usual port.
    if (isOrigin) return new URL(origin).origin
    throw wrong(
      'CORS_ORIGINS',
      `has "${origin}"; expected * or origins such as https://example.com, separated by commas`,
    )
  })
}

const TOKEN_FORM = 'name=token, separated by commas, without spaces'

/** Tokens are never quoted. */
function readTokens(read: Reader): NamedToken[] {
  const tokens = read
    .secret('AUTH_TOKENS', TOKEN_FORM)
    ?.split(',')
    .map((item, index) => {
      const [, name, token] = /^([\w.-]{1,64})=(.+)$/.exec(item) ?? []
      if (name && token) return { name, token }
      throw wrong('AUTH_TOKENS', `has no name or no token in its entry ${index + 1}; expected ${TOKEN_FORM}`)
    })
  const twice = tokens?.find(({ token }, index) => tokens.findIndex((other) => other.token === token) < index)
  if (twice) throw wrong('AUTH_TOKENS', `has the token of ${twice.name} twice; expected each once`)
  return tokens ?? []
}
