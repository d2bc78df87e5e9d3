import { type Context, createContext } from '../context.ts'

/** What routes read of a request: the web's own has all of it, and a door can have it without the web's classes. */
export interface Asked {
  readonly method: string
  /** With its parameters. */
  readonly url: string
  readonly headers: Pick<Headers, 'get'>
  readonly body?: ReadableStream<Uint8Array> | null
}

/**
 * The context of a request. A caller's own request id is kept when it is safe to log and to send back.
 *
 * @param signal aborts when nobody waits for the answer any more
 */
export function contextOf({ headers }: Pick<Asked, 'headers'>, signal: AbortSignal | undefined): Context {
  const given = headers.get('x-request-id') ?? ''
  const requestId = /^[\w.:-]{1,128}$/.test(given) ? given : undefined
  return createContext({ ...(signal && { signal }), ...(requestId !== undefined && { requestId }) })
}

/** What is found out about a request while it is answered, and what its door knows of it. */
export interface Visit {
  /** The bytes of its body as they come, where the door has them without the web's streams; called once at most. */
  readonly body?: (() => AsyncIterable<Uint8Array>) | undefined
  /**
   * All of its body, instead, where the door has it without streams: how many bytes there are at least, when more than
   * `maxBytes`; rejects when the rest never comes.
   */
  readonly whole?: ((maxBytes: number) => Promise<Buffer | number>) | undefined
  /** A large answer is packed with gzip before it counts against the largest one. */
  readonly packs?: boolean | undefined
  /** The path of its route as it is documented, such as `/v1/models/:model`; absent where there is none. */
  route?: string
  /** The name of the token that it came with. */
  caller?: string | undefined
}
