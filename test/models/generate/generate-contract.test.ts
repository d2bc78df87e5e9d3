import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createRemoteGenerator } from '../../../src/models/generate/remote.ts'
import { describeGenerator } from '../../support/describe-generator.ts'

const STORY = ' there was a little girl who lived by the sea and sang'.split(/(?= )/)

/** What the server below is asked for. */
interface Asked {
  readonly max_tokens: number
  readonly stop?: readonly string[]
  readonly top_logprobs?: number
}

/** The beginning of one story, as far as the request allows. */
function answer({ max_tokens, stop = [], top_logprobs }: Asked): object[] {
  const whole = STORY.slice(0, max_tokens).join('')
  const end = Math.min(...stop.map((text) => whole.indexOf(text)).filter((at) => at >= 0), whole.length)
  const tokens = whole.slice(0, end).split(/(?= )/)
  const reason = end < whole.length || max_tokens > STORY.length ? 'stop' : 'length'
  const likely = (token: string) => [0, 1, 2].map((rank) => ({ token: `${token}${rank}`, logprob: -rank }))
  const deltas = tokens.map((token) => ({
    delta: { content: token },
    ...(top_logprobs !== undefined && {
      logprobs: { content: [{ token, logprob: 0, top_logprobs: likely(token).slice(0, top_logprobs) }] },
    }),
  }))
  return [
    ...deltas.map((choice) => ({ choices: [choice] })),
    { choices: [{ delta: {}, finish_reason: reason }] },
    { choices: [], usage: { prompt_tokens: 4, completion_tokens: tokens.length } },
  ]
}

describeGenerator({
  name: 'a model behind a server of that interface',
  async open() {
    const server = createServer(async (request, response) => {
      const events = answer((await json(request)) as Asked).map(
        (event) => `data: ${JSON.stringify(event)}\n\n`,
      )
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`${events.join('')}data: [DONE]\n\n`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const generator = createRemoteGenerator({
      model: 'story',
      remoteModel: 'story',
      endpoint: `http://${host}/v1`,
      allow: [host],
      contextTokens: 2048,
    })
    return {
      ...generator,
      async close() {
        await generator.close()
        server.closeAllConnections()
        server.close()
      },
    }
  },
  can: { logprobs: true, choose: false },
})
