import { createServer } from 'node:http'
import { openPipeline } from './feature-extraction.ts'

/**
 * transformers.js behind the plainest Node server: each request is read, embedded by itself and answered as JSON.
 * `node transformers-server.mjs <folder of models> <model> <threads>`; prints its address when it listens.
 */
const [folder, model, threads] = process.argv.slice(2) as [string, string, string]
const extract = await openPipeline(folder, model, Number(threads))
const server = createServer(async (incoming, outgoing) => {
  let body = ''
  for await (const part of incoming.setEncoding('utf8')) body += part
  const { input } = JSON.parse(body) as { readonly input: string[] }
  const { data, columns } = await extract(input)
  const embeddings = input.map((_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)))
  outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ embeddings }))
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
