import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What a function is called with. */
type Payload = Readonly<Record<string, unknown>>

/** How an invocation ends instead of being run: in an error that Lambda names, or refused as one too many. */
export type Ending = 'Runtime.ExitError' | 'Sandbox.Timedout' | 'Lambda.Unknown' | 'throttled'

/** Functions of Lambda at one address, each call a process of its own. */
export interface Functions {
  readonly endpoint: string
  /** All calls since {@link Functions.spoil}, by the step that they asked for. */
  readonly calls: readonly string[]
  /** Lets calls end otherwise, until told anew. */
  spoil(endingOf: (payload: Payload, call: number) => Ending | undefined): void
  close(): void
}

/** Where a function's program is and what it is told. */
export interface Door {
  readonly program: string
  readonly environment: Readonly<Record<string, string>>
}

/** An answer, or what was thrown by its name and sentence. */
export interface Outcome {
  readonly answer?: unknown
  readonly errorType?: string
  readonly errorMessage?: string
}

const CALL = `const { handler } = require(process.argv[1])
const tell = (outcome) => { process.stdout.write('\\nOUTCOME ' + JSON.stringify(outcome) + '\\n', () => process.exit(0)) }
handler(JSON.parse(process.argv[2]), { getRemainingTimeInMillis: () => 300000 }).then(
  (answer) => tell({ answer }),
  (error) => tell({ errorType: error.name, errorMessage: error.message }),
)`

/** Calls a function once, in a new process. */
export async function callOnce({ program, environment }: Door, payload: unknown): Promise<Outcome> {
  const child = spawn(process.execPath, ['--eval', CALL, program, JSON.stringify(payload)], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      printed += text
    })
  }
  await new Promise((resolve) => child.once('close', resolve))
  const found = /^OUTCOME (.*)$/m.exec(printed)
  if (!found) throw new Error(`The function ended without an outcome:\n${printed}`)
  return JSON.parse(found[1]!) as Outcome
}

/** Starts the interface of Lambda for these functions, by their names. */
export async function startFunctions(doors: ReadonlyMap<string, Door>): Promise<Functions> {
  let endingOf: (payload: Payload, call: number) => Ending | undefined = () => undefined
  let calls: string[] = []
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(request.url!).split('/functions/')[1]!.split('/')[0]!.split(':').at(-1)!
    const payload = (await json(request)) as Payload
    calls.push(String(payload.step))
    const ending = endingOf(payload, calls.length)
    if (ending === 'throttled') {
      response.writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException', 'x-amzn-requestid': '1' })
      response.end(JSON.stringify({ Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' }))
      return
    }
    const door = doors.get(name)
    if (!door) throw new Error(`There is no function ${name}.`)
    const outcome: Outcome = ending
      ? { errorType: ending, errorMessage: ending }
      : await callOnce(door, payload)
    const isError = outcome.errorType !== undefined
    response.writeHead(200, isError ? { 'x-amz-function-error': 'Unhandled' } : {})
    response.end(JSON.stringify(isError ? outcome : outcome.answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls
    },
    spoil(next) {
      endingOf = next
      calls = []
    },
    close: () => void server.close(),
  }
}
