import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What the server below was sent. */
interface AskedOfServer {
  readonly authorization: string | undefined
  readonly body: { readonly model: string; readonly max_tokens: number; readonly messages: readonly object[] }
}

/** A server of one sentence that speaks as OpenAI's does, for language models that run elsewhere. */
export async function startOpenAiServer(words = ['A', ' nurse', ' cares', '.']) {
  const asked: AskedOfServer[] = []
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as AskedOfServer['body']
    asked.push({ authorization: request.headers.authorization, body })
    const said = words.slice(0, body.max_tokens)
    const events: object[] = said.map((content) => ({ choices: [{ delta: { content } }] }))
    events.push({ choices: [{ delta: {}, finish_reason: said.length < words.length ? 'length' : 'stop' }] })
    events.push({ choices: [], usage: { prompt_tokens: 7, completion_tokens: said.length } })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
    response.end('data: [DONE]\n\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
