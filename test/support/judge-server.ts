import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What the server below was asked. */
interface AskedOfJudge {
  readonly authorization: string | undefined
  readonly body: {
    readonly model: string
    readonly max_tokens: number
    readonly logprobs?: boolean
    readonly response_format?: { readonly json_schema: { readonly schema: { readonly properties: object } } }
    readonly messages: readonly { readonly role: string; readonly content: string }[]
  }
}

/** What is said of a resume: the chance of yes, or a status instead of an answer. */
type Verdict = number | { readonly status: number }

/**
 * A server that speaks as OpenAI's does, and judges the document of each prompt.
 *
 * @param tells whether it tells probabilities, as some servers do not
 * @param quotesOf what it gives where it is asked for quotes
 */
export async function startJudgeServer(
  verdictOf: (resume: string) => Verdict,
  tells = true,
  quotesOf: (resume: string) => readonly string[] = () => [],
) {
  const asked: AskedOfJudge[] = []
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as AskedOfJudge['body']
    asked.push({ authorization: request.headers.authorization, body })
    const [, resume = ''] = /<Document>: (.*)$/s.exec(body.messages.at(-1)!.content) ?? []
    const verdict = verdictOf(resume)
    if (typeof verdict === 'object') {
      response.writeHead(verdict.status, { 'content-type': 'application/json' })
      return response.end('{"error":{"message":"no"}}')
    }
    const wanted = Object.keys(body.response_format?.json_schema.schema.properties ?? {})
    const choice = wanted.includes('quotes')
      ? { delta: { content: JSON.stringify({ quotes: quotesOf(resume) }) } }
      : wanted.includes('verdict')
        ? schemaAnswer(verdict)
        : firstToken(verdict, tells && body.logprobs === true)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const events = [
      { choices: [choice] },
      { choices: [{ delta: {}, finish_reason: 'stop' }] },
      { choices: [], usage: { prompt_tokens: 7, completion_tokens: 1 } },
    ]
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
    return response.end('data: [DONE]\n\n')
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

function schemaAnswer(chance: number) {
  const verdict = chance > 0.66 ? 'yes' : chance > 0.33 ? 'partly' : 'no'
  return { delta: { content: JSON.stringify({ verdict }) } }
}

/** The word as servers tell it: with its neighbours, spelled in several ways. */
function firstToken(chance: number, tells: boolean) {
  const content = chance >= 0.5 ? 'Yes' : 'No'
  const near = [
    { token: 'Yes', logprob: Math.log(0.6 * chance) },
    { token: ' yes', logprob: Math.log(0.3 * chance) },
    { token: 'No', logprob: Math.log(0.9 * (1 - chance)) },
    { token: 'The', logprob: Math.log(0.1) },
  ]
  const own = { token: content, logprob: Math.log(0.5), top_logprobs: near }
  return { delta: { content }, ...(tells && { logprobs: { content: [own] } }) }
}
