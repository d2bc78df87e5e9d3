import { createContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { once } from '../once.ts'
import { askPatiently, PATIENCE, type RetryPolicy } from './retry-policy.ts'
import type { SecretPlace } from './secret-source.ts'
import { signPost } from './signature.ts'

/** How each service is asked, and where its answer has the secret. */
const SERVICES = {
  ssm: {
    service: 'ssm',
    target: 'AmazonSSM.GetParameter',
    question: (name: string) => ({ Name: name, WithDecryption: true }),
    answer: (body: { Parameter?: { Value?: unknown } }) => body.Parameter?.Value,
  },
  secret: {
    service: 'secretsmanager',
    target: 'secretsmanager.GetSecretValue',
    question: (name: string) => ({ SecretId: name }),
    answer: (body: { SecretString?: unknown }) => body.SecretString,
  },
} as const

/** A start has ten seconds for everything. */
const LONGEST_MS = 5000

/**
 * Reads a secret that is one word, once: all callers share one question, and its answer is kept. A failure is
 * forgotten, so that a later caller asks again. Neither errors nor logs ever hold the secret.
 *
 * The function it returns throws AppError `upstream_failed` when the service does not answer, `internal` when it
 * refuses or has something else under that name.
 */
export function createSecretReader(
  place: SecretPlace,
  policy: RetryPolicy = PATIENCE,
): () => Promise<string> {
  return once(() => readSecret(place, policy))
}

function readSecret(place: SecretPlace, policy: RetryPolicy): Promise<string> {
  const name = `${place.kind}:${place.name}`
  const context = createContext({ requestId: 'secret', deadline: Date.now() + LONGEST_MS })
  return askPatiently({ store: name, verb: 'sent' }, context, policy, async ({ signal }) => {
    const { status, body } = await ask(place, signal)
    if (status === 200) return secretIn(place, body)
    const answer = `${status} ${kindOf(body)}`.trim()
    if (status >= 500 || status === 429 || /Throttl/.test(answer)) {
      throw new AppError('upstream_failed', `AWS did not tell ${name}: ${answer}; try again later.`)
    }
    throw new AppError(
      'internal',
      `AWS refused to tell ${name}: ${answer}; check the setting that names it, and the role of the function.`,
    )
  })
}

/** Over `node:https` itself: the first `fetch` of a process takes 20 ms. */
async function ask(place: SecretPlace, signal: AbortSignal): Promise<{ status: number; body: string }> {
  const { service, target, question } = SERVICES[place.kind]
  const url = new URL(place.endpoint ?? `https://${service}.${place.region}.${domainOf(place.region)}/`)
  const body = JSON.stringify(question(place.name))
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  const signed = signPost(
    { url, headers, body },
    place.credentials,
    { region: place.region, service },
    new Date(),
  )
  const { request } = url.protocol === 'http:' ? await import('node:http') : await import('node:https')
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: signed, signal }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
}

/** The kind of an error, such as `ParameterNotFound`; its message is left out. */
function kindOf(body: string): string {
  return /"__type"\s*:\s*"(?:[^"#]*#)?(\w+)/.exec(body)?.[1] ?? ''
}

function secretIn({ kind, name }: SecretPlace, body: string): string {
  let secret: unknown
  try {
    secret = SERVICES[kind].answer(JSON.parse(body))
  } catch {
    // The error is thrown below, without the text that came: part of the secret may be in it.
  }
  const word = typeof secret === 'string' ? (passwordIn(secret) ?? secret.trim()) : ''
  if (/^\S+$/.test(word)) return word
  throw new AppError(
    'internal',
    `${kind}:${name} is not one word; expected a token without spaces, or JSON with one as its password, as RDS keeps it; replace it.`,
  )
}

/** RDS and its proxy keep a password in JSON, beside the user and more. */
function passwordIn(secret: string): string | undefined {
  try {
    const { password } = JSON.parse(secret)
    return typeof password === 'string' ? password : undefined
  } catch {
    return undefined
  }
}
