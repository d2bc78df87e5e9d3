import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { clientFolder } from '../support/lambda-client.ts'

/** How an invocation ended. */
type Ending =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'error'; readonly body: unknown }
  /** The process is gone. */
  | { readonly kind: 'died' }
  /** It had to be killed, as Lambda does when the time is up. */
  | { readonly kind: 'timeout' }

/** One execution environment: a process with the real runtime client of Lambda, and the service that it talks to. */
export interface LambdaEnvironment {
  /** Hands over an event. `toldMs` is the time that the function believes to have, `realMs` what it has. */
  invoke(event: unknown, time: { readonly toldMs: number; readonly realMs: number }): Promise<Ending>
  /** Ends the process at once, as a crash would; the next invocation starts another. */
  kill(): void
  /** How long the last process that came so far took from its start until it asked for work, in milliseconds. */
  startMs(): number
  /** What the processes wrote to standard error, the last lines. */
  log(): string
  close(): Promise<void>
}

const API = '/2018-06-01/runtime'
const client = clientFolder

interface Invocation {
  readonly event: string
  readonly toldMs: number
  readonly end: (ending: Ending) => void
}

/** An environment for the handler `batch.handler` of the bundles in `folder`. */
export async function openEnvironment(
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<LambdaEnvironment> {
  let waiting: Invocation | undefined
  let asking: ServerResponse | undefined
  let current: Invocation | undefined
  let child: ChildProcess | undefined
  let startedAt = 0
  let startMs = 0
  const lines: string[] = []

  const handOver = () => {
    if (!waiting || !asking) return
    ;[current, waiting] = [waiting, undefined]
    asking.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': crypto.randomUUID(),
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + current.toldMs),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:us-east-1:123456789012:function:batch',
    })
    asking.end(current.event)
    asking = undefined
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === `${API}/invocation/next`) {
      if (startedAt > 0) startMs = performance.now() - startedAt
      startedAt = 0
      asking = response
      return handOver()
    }
    const body = await bodyOf(request)
    const kind = request.url?.endsWith('/response') ? 'answer' : 'error'
    if (kind === 'error') lines.push(body)
    response.writeHead(202).end('{"status":"OK"}')
    const ended = current
    current = undefined
    ended?.end({ kind, body: parse(body) })
  }
  const server = createServer((request, response) => void serve(request, response))
  const port = await listen(server)
  const start = () => {
    startedAt = performance.now()
    const started = spawn(process.execPath, [join(client, 'index.mjs'), 'batch.handler'], {
      env: environmentOf(folder, port, variables),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    started.stderr!.on('data', (text) => lines.push(String(text)))
    started.once('exit', () => {
      if (child !== started) return
      child = undefined
      asking = undefined
      const ended = current ?? waiting
      ;[current, waiting] = [undefined, undefined]
      ended?.end({ kind: 'died' })
    })
  }
  const kill = () => child?.kill('SIGKILL')
  return {
    invoke: (event, { toldMs, realMs }) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          const ended = current ?? waiting
          ;[current, waiting] = [undefined, undefined]
          kill()
          ended?.end({ kind: 'timeout' })
        }, realMs)
        const end = (ending: Ending) => {
          clearTimeout(timer)
          resolve(ending)
        }
        waiting = { event: JSON.stringify(event), toldMs, end }
        if (child) handOver()
        else start()
      }),
    kill,
    startMs: () => startMs,
    log: () => lines.join('').slice(-4000),
    async close() {
      kill()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function environmentOf(folder: string, port: number, variables: Readonly<Record<string, string>>) {
  return {
    PATH: process.env.PATH,
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
    AWS_LAMBDA_FUNCTION_NAME: 'batch',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    AWS_LAMBDA_LOG_GROUP_NAME: 'batch',
    AWS_LAMBDA_LOG_STREAM_NAME: 'batch',
    AWS_REGION: 'us-east-1',
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: 'batch.handler',
    ...variables,
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** The text of a request's body. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
