import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that the hub, or the host it redirects to, was asked. */
interface HubRequest {
  readonly host: 'hub' | 'files'
  readonly method: string
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

/** A server that behaves as huggingface.co does towards those who download. */
export interface HubServer {
  readonly endpoint: string
  readonly requests: readonly HubRequest[]
  /** Puts a file in a repository; one of `large` is redirected to another host, as Git LFS files are. */
  put(repo: string, revision: string, path: string, body: Uint8Array, large?: boolean): void
  /** Says which commits the branches of a repository stand for, and what is on its card. */
  describe(
    repo: string,
    branches: Readonly<Record<string, string>>,
    card?: Readonly<Record<string, unknown>>,
  ): void
  /** Answers the next requests to the hub itself with these, in order, instead of its own answers. */
  answerNext(...answers: readonly HubRefusal[]): void
  /** Makes a repository private to those with this token. */
  protect(repo: string, token: string): void
  /** Refuses the addresses that were given out so far. */
  expireAddresses(): void
  /** Answers requests for a range with the whole file from now on. */
  ignoreRanges(): void
  close(): void
}

/** An answer other than the hub's own. */
interface HubRefusal {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

interface StoredFile {
  readonly body: Uint8Array
  readonly large: boolean
  readonly sha256: string
}

/** A hub on two free ports: its own, and that of the host with the large files. */
export async function startHubServer(): Promise<HubServer> {
  const files = new Map<string, StoredFile>()
  const tokens = new Map<string, string>()
  const commits = new Map<string, string>()
  const cards = new Map<string, Readonly<Record<string, unknown>>>()
  const requests: HubRequest[] = []
  const refusals: HubRefusal[] = []
  let signature = 0
  let expired = 0
  let ranges = true

  const record = (host: 'hub' | 'files', request: IncomingMessage) => {
    const { method = '', url: path = '', headers } = request
    requests.push({ host, method, path, range: headers.range, authorization: headers.authorization })
  }
  const hub = createServer((request, response) => {
    record('hub', request)
    const refusal = refusals.shift()
    if (refusal) return void response.writeHead(refusal.status, refusal.headers).end()
    const path = decodeURIComponent(request.url ?? '').slice(1)
    if (path.startsWith('api/')) return void answerApi(path, request, response)
    const repo = path.split('/').slice(0, 2).join('/')
    const token = tokens.get(repo)
    const known = [...files.keys()].some((key) => key.startsWith(`${repo}/`))
    if (!known || (token && request.headers.authorization !== `Bearer ${token}`)) {
      return void response.writeHead(401, { 'x-error-code': 'RepoNotFound' }).end()
    }
    const file = files.get(path)
    if (!file) return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end()
    if (!file.large) return void serve(file, request, response, sha1Of(file.body), ranges)
    const location = `${address(storage)}/${encodeURIComponent(path)}?signature=${++signature}`
    const linked = { 'x-linked-size': String(file.body.length), 'x-linked-etag': `"${file.sha256}"` }
    response.writeHead(302, { location, ...linked, etag: '"of the redirect"' }).end()
  })
  const answerApi = (path: string, request: IncomingMessage, response: ServerResponse) => {
    const [, repo = '', question, revision] =
      /^api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^?]+)/.exec(path) ?? []
    const commit = commits.get(`${repo}/${revision}`) ?? revision
    const prefix = `${repo}/resolve/${commit}/`
    const found = [...files].filter(([key]) => key.startsWith(prefix))
    const token = tokens.get(repo)
    if (found.length === 0 || (token && request.headers.authorization !== `Bearer ${token}`)) {
      return void response.writeHead(401, { 'x-error-code': 'RepoNotFound' }).end()
    }
    response.setHeader('content-type', 'application/json')
    if (question === 'revision') {
      return void response.end(JSON.stringify({ sha: commit, cardData: cards.get(repo) }))
    }
    // A page holds two entries, so that whoever asks must turn pages.
    const start = Number(new URL(request.url ?? '', 'http://hub').searchParams.get('cursor') ?? 0)
    if (start + 2 < found.length) {
      const next = `${address(hub)}/api/models/${repo}/tree/${revision}?recursive=true&cursor=${start + 2}`
      response.setHeader('link', `<${next}>; rel="next"`)
    }
    const page = found.slice(start, start + 2).map(([key, file]) => treeEntry(key.slice(prefix.length), file))
    response.end(JSON.stringify(page))
  }
  const storage = createServer((request, response) => {
    record('files', request)
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://files')
    const file = files.get(decodeURIComponent(pathname.slice(1)))
    const signed = Number(searchParams.get('signature')) > expired
    if (!file || request.headers.authorization !== undefined || !signed) {
      return void response.writeHead(403).end()
    }
    serve(file, request, response, file.sha256, ranges)
  })
  for (const server of [hub, storage]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  }
  return {
    endpoint: address(hub),
    requests,
    put(repo, revision, path, body, large = false) {
      const sha256 = createHash('sha256').update(body).digest('hex')
      files.set(`${repo}/resolve/${revision}/${path}`, { body, large, sha256 })
    },
    describe(repo, branches, card) {
      for (const [branch, commit] of Object.entries(branches)) commits.set(`${repo}/${branch}`, commit)
      if (card) cards.set(repo, card)
    },
    answerNext: (...answers) => void refusals.push(...answers),
    expireAddresses() {
      expired = signature
    },
    ignoreRanges() {
      ranges = false
    },
    protect: (repo, token) => void tokens.set(repo, token),
    close() {
      for (const server of [hub, storage]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

function address(server: ReturnType<typeof createServer>): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function treeEntry(path: string, { body, large, sha256 }: StoredFile): object {
  const blob = createHash('sha1').update(`blob ${body.length}\0`).update(body).digest('hex')
  const lfs = large && { lfs: { oid: sha256, size: body.length, pointerSize: 133 } }
  return { type: 'file', path, size: body.length, oid: blob, ...lfs }
}

function sha1Of(body: Uint8Array): string {
  return createHash('sha1').update(body).digest('hex')
}

function serve(
  { body }: StoredFile,
  request: IncomingMessage,
  response: ServerResponse,
  etag: string,
  ranges: boolean,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  const headers = { etag: `"${etag}"`, 'accept-ranges': 'bytes' }
  if (first === undefined || !ranges) {
    response.writeHead(200, { ...headers, 'content-length': body.length })
    return void response.end(request.method === 'HEAD' ? undefined : body)
  }
  const [start, end] = [Number(first), Math.min(Number(last) + 1, body.length)]
  if (start >= body.length) {
    return void response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
  }
  const range = `bytes ${start}-${end - 1}/${body.length}`
  response.writeHead(206, { ...headers, 'content-range': range, 'content-length': end - start })
  response.end(body.subarray(start, end))
}
