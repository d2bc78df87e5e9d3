import { createReadStream, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'

/** Small models with their catalog, on a hub of this machine. */
export interface LocalHub {
  readonly endpoint: string
  /** The path of the catalog. */
  readonly catalog: string
  readonly models: readonly string[]
  close(): void
}

interface Entry {
  readonly id: string
  readonly task: string
}

/** Serves the models in a folder that has a `catalog.json`, as the hub serves repositories. */
export async function startLocalHub(folder: string): Promise<LocalHub> {
  const entries = JSON.parse(readFileSync(join(folder, 'catalog.json'), 'utf8')) as Entry[]
  const catalog = join(mkdtempSync(join(tmpdir(), 'preview-')), 'catalog.json')
  writeFileSync(catalog, JSON.stringify(entries.map((entry) => ({ ...entry, repo: `preview/${entry.id}` }))))
  const server = createServer((request, response) => {
    const [, id, path] = /^\/preview\/([^/]+)\/resolve\/[^/]+\/(.+)$/.exec(request.url ?? '') ?? []
    if (!id || !path) response.writeHead(404).end()
    else send(join(folder, id, normalize(path)), request.method, request.headers.range, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    catalog,
    models: entries.filter(({ task }) => task === 'embed').map(({ id }) => id),
    close: () => void server.close(),
  }
}

function send(path: string, method: string | undefined, range: string | undefined, response: ServerResponse) {
  const bytes = statSync(path).size
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
  const [start, end] = [Number(from ?? 0), Math.min(Number(to ?? bytes - 1), bytes - 1)]
  response.writeHead(range ? 206 : 200, {
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${bytes}` }),
  })
  if (method === 'HEAD') response.end()
  else createReadStream(path, { start, end }).pipe(response)
}
