import { Agent, request } from 'node:http'

/** One request of a load. */
export interface Answer {
  /** Milliseconds since the load began, when it was due. */
  readonly due: number
  /** From when it was due until its answer was read: a late start counts. */
  readonly ms: number
  /** 0 when there was no answer. */
  readonly status: number
}

/** Requests at a rate that may change, whether or not they are answered. */
export interface Load {
  /** Of all requests so far, as they were answered. */
  readonly answers: readonly Answer[]
  /** From now on so many requests a second. */
  setRate(perSecond: number): void
  /** Sends no more and waits for what is under way. */
  stop(): Promise<void>
}

/** How often what is due is sent. */
const TICK_MS = 5
const PATIENCE_MS = 30_000

/** Begins to send `body` to an address; nothing is sent before a rate is set. */
export function startLoad(url: string, body: string): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 2000 })
  const answers: Answer[] = []
  const open = new Set<Promise<void>>()
  const start = performance.now()
  let everyMs = Number.POSITIVE_INFINITY
  let next = Number.POSITIVE_INFINITY
  const send = (due: number) => {
    const sent = ask(url, body, agent).then((status) => {
      answers.push({ due: due - start, ms: performance.now() - due, status })
      open.delete(sent)
    })
    open.add(sent)
  }
  const timer = setInterval(() => {
    for (const now = performance.now(); next <= now; next += everyMs) send(next)
  }, TICK_MS)
  return {
    answers,
    setRate(perSecond) {
      everyMs = 1000 / perSecond
      next = performance.now()
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      agent.destroy()
    },
  }
}

function ask(url: string, body: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(`${url}/embed`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode ?? 0))
    })
    sent.setTimeout(PATIENCE_MS, () => sent.destroy())
    sent.once('error', () => resolve(0))
    sent.end(body)
  })
}
