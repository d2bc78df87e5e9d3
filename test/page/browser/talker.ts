import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What it says to whatever is asked of it otherwise. */
export const SAID = '护士照顾病人，\n也 cares for <b>families</b>.'

/**
 * A server that speaks as OpenAI's does, and does what the last message has in it: `forever` says words until the reader
 * goes, `breaks` ends in the midst, `refuse` is refused, anything else is answered with {@link SAID}, letter by letter.
 */
export async function startTalker() {
  let left = 0
  const asked: (readonly { readonly role: string; readonly content: string }[])[] = []
  const server = createServer(async (request, response) => {
    const { messages } = (await json(request)) as { messages: (typeof asked)[number] }
    asked.push(messages)
    const { content } = messages.at(-1)!
    if (content.includes('refuse')) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: 'No such question.' } }))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (content.includes('forever')) talk(response, () => void left++)
    else if (content.includes('breaks')) {
      say(response, 'Half')
      setTimeout(() => response.destroy(), 200)
    } else {
      for (const letter of SAID) say(response, letter)
      response.write('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n')
      response.end('data: [DONE]\n\n')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    /** Readers who went in the midst of an answer. */
    left: () => left,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function say(response: ServerResponse, content: string): void {
  response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
}

function talk(response: ServerResponse, onLeft: () => void): void {
  const timer = setInterval(() => say(response, 'word '), 50)
  response.once('close', () => {
    clearInterval(timer)
    onLeft()
  })
}
