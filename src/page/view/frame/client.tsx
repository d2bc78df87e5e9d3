/** The token of this tab, which the browser forgets with it. */
const TOKEN_KEY = 'token'

/** An answer that is no success, with the API's own sentence. */
export class ApiFailure extends Error {
  readonly status: number
  /** The field of the request that the sentence is about, as the API writes it. */
  readonly field: string | undefined

  /** @param field as the API writes it, undefined where it names none */
  constructor(message: string, status: number, field?: string) {
    super(message)
    this.status = status
    this.field = field
  }
}

let askForToken: ((wrong: boolean) => Promise<boolean>) | undefined

/** Names who asks the person for a token; true when there is a new one to try. */
export function onTokenNeeded(ask: (wrong: boolean) => Promise<boolean>): void {
  askForToken = ask
}

/** The token of this tab, or null. */
export function tokenOfTab(): string | null {
  return sessionStorage.getItem(TOKEN_KEY)
}

/** Keeps a token for this tab; null forgets it. */
export function setTokenOfTab(token: string | null): void {
  if (token === null) sessionStorage.removeItem(TOKEN_KEY)
  else sessionStorage.setItem(TOKEN_KEY, token)
}

/**
 * Asks the server that the page came from, and for a token where it wants one.
 *
 * @param path without a slash at its beginning, so that it stays below the page's own address
 * @throws ApiFailure with the API's sentence, or status 0 when no answer came
 */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const token = tokenOfTab()
    const headers = new Headers(init.headers)
    if (token !== null) headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(path, { ...init, headers }).catch((cause: unknown) => {
      if (init.signal?.aborted) throw cause
      throw new ApiFailure('', 0)
    })
    if (response.ok) return response
    const failure = await failureOf(response)
    if (response.status !== 401 || !askForToken || !(await askForToken(token !== null))) throw failure
  }
}

/** The JSON that a route answers. @throws ApiFailure as {@link call} does */
export async function callJson<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  return (await (await call(path, init)).json()) as Answer
}

/** The JSON that a route answers to a JSON body. @throws ApiFailure as {@link call} does */
export function postJson<Answer>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
  return callJson<Answer>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
}

interface ErrorBody {
  readonly error?: {
    readonly message?: string
    readonly param?: string | null
    readonly details?: { readonly field?: string }
  }
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as ErrorBody
    const field = error?.details?.field ?? error?.param ?? undefined
    if (error?.message) return new ApiFailure(error.message, response.status, field)
  } catch {
    // A proxy in front answers in its own words.
  }
  return new ApiFailure(
    `${response.status} ${response.statusText} ${text.slice(0, 200)}`.trim(),
    response.status,
  )
}
