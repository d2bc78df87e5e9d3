import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How an invocation, or the start of a function, ended. */
export type Ending =
  | {
      readonly kind: 'answer'
      readonly body: string
      /** The body as it came, of a function that streams; one piece of any other. */
      readonly pieces: readonly string[]
    }
  | { readonly kind: 'error'; readonly body: { readonly errorType: string; readonly errorMessage: string } }
  | {
      readonly kind: 'init-error'
      readonly body: { readonly errorType: string; readonly errorMessage: string }
    }

/** Lambda's Runtime API towards one function, whose runtime client asks it for events. */
export interface RuntimeApi {
  /** `127.0.0.1:<port>`. */
  readonly address: string
  /** Hands the next event to the function once it asks; resolves with what it answers, or how it failed to start. */
  invoke(event: unknown, deadlineMs: number): Promise<Ending>
  /** Forgets the invocation under way and who asks: the process has been killed. */
  abandon(): void
  close(): Promise<void>
}

interface Invocation {
  readonly event: string
  readonly deadlineMs: number
  end(ending: Ending): void
}

const RUNTIME = '/2018-06-01/runtime'
/** Lambda refuses larger answers. */
const MOST_ANSWER_BYTES = 6 * 1024 * 1024 + 100

/** Starts the API on a free port. */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  let waiting: Invocation | undefined
  let running: Invocation | undefined
  let asking: ServerResponse | undefined

  const handOver = () => {
    if (!waiting || !asking) return
    const { event, deadlineMs } = waiting
    running = waiting
    waiting = undefined
    asking.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': crypto.randomUUID(),
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:123456789012:function:embed',
    })
    asking.end(event)
    asking = undefined
  }
  const end = (ending: Ending) => {
    const ended = running ?? waiting
    running = undefined
    if (ending.kind === 'init-error') waiting = undefined
    ended?.end(ending)
  }
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').slice(RUNTIME.length)
    if (path === '/invocation/next') {
      asking = response
      return handOver()
    }
    const pieces = await piecesOf(request)
    const body = pieces.join('')
    if (path.endsWith('/response') && body.length > MOST_ANSWER_BYTES) {
      response.writeHead(413).end('{"errorType":"RequestEntityTooLarge","errorMessage":"too large"}')
      return end({
        kind: 'error',
        body: { errorType: 'Function.ResponseSizeTooLarge', errorMessage: 'too large' },
      })
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}')
    if (path.endsWith('/response')) end({ kind: 'answer', body, pieces })
    else end({ kind: path === '/init/error' ? 'init-error' : 'error', body: JSON.parse(body) })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    invoke: (event, deadlineMs) =>
      new Promise((resolve) => {
        waiting = { event: JSON.stringify(event), deadlineMs, end: resolve }
        handOver()
      }),
    abandon() {
      running = undefined
      asking = undefined
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function piecesOf(request: IncomingMessage): Promise<string[]> {
  // A character that two pieces share is whole in the second.
  request.setEncoding('utf8')
  const pieces: string[] = []
  for await (const piece of request) pieces.push(piece as string)
  return pieces
}
