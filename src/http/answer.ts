/** What a route answers, before anybody decides how it travels. */
export interface Answer {
  /** What is written as JSON, JSON that is written already, or bytes of the type that the headers name. */
  readonly body: object | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
  /** 200 when absent. */
  readonly status?: number
  /**
   * The body as JSON, for one so large that it is written over several turns of the event loop.
   *
   * @throws AppError `payload_too_large` when it could not be delivered
   */
  write?(): Promise<Uint8Array<ArrayBuffer>>
}

/** An answer as it goes out, whatever carries it. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
}

/**
 * An answer with its body written and all of its headers.
 *
 * @param more headers beside the answer's own
 */
export async function toReply(
  { body, headers, status = 200, write }: Answer,
  more: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  if (isStream(body)) return { status, headers: { ...headers, ...more }, body }
  const content = body instanceof Uint8Array ? body : ((await write?.()) ?? JSON.stringify(body))
  return { status, headers: { 'content-type': 'application/json', ...headers, ...more }, body: content }
}

/** A reply as the web has it. Text and plain headers from the start: @hono/node-server sends these as they are. */
export function toResponse({ status, headers, body }: Reply): Response {
  return new Response(body, { status, headers })
}

/** By its method: to name the class would load the web's streams, 3 ms of a cold start on Lambda, where no answer is one. */
export function isStream(body: Answer['body'] | string): body is ReadableStream<Uint8Array> {
  return typeof body === 'object' && 'getReader' in body && typeof body.getReader === 'function'
}

/** An answer to a direct invocation, and how many bytes it has as JSON. */
export async function toInvoked({ body, write }: Answer): Promise<{ result: unknown; bytes: number }> {
  if (body instanceof Uint8Array) {
    return { result: JSON.parse(Buffer.from(body).toString()), bytes: body.byteLength }
  }
  const bytes = write ? (await write()).byteLength : Buffer.byteLength(JSON.stringify(body))
  return { result: body, bytes }
}
