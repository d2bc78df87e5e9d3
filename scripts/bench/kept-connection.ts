import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One connection over which one request after another is sent, as HTTP/1.1 keeps it. */
interface KeptConnection {
  /**
   * The status of the answer, once its last byte is there.
   *
   * @throws Error when the connection ends, or the answer does not say how long it is
   */
  post(path: string, body: string): Promise<number>
  close(): void
}

/**
 * Opens a connection to `url`. Server and callers share the processors that are measured: a request by `node:http` and its
 * agent costs 0.18 to 0.28 ms, by undici 0.11 to 0.15, over this 0.05 to 0.08, while the plainest server takes 0.08.
 *
 * @throws Error when nobody listens
 */
export async function openConnection(url: string): Promise<KeptConnection> {
  const { hostname, port, host } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  const answers = createAnswers(socket)
  return {
    post(path, body) {
      const answer = answers.next()
      const length = Buffer.byteLength(body)
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
      )
      return answer
    },
    close: () => void socket.destroy(),
  }
}

/** Reads answers off a connection, one at a time. */
function createAnswers(socket: Socket) {
  let waiting: { resolve(status: number): void; reject(error: Error): void } | undefined
  let text = ''
  const fail = (message: string) => {
    waiting?.reject(new Error(message))
    waiting = undefined
  }
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1]
    if (length === undefined) return fail('The answer does not say how long it is; expected content-length.')
    if (text.length < head + 4 + Number(length)) return
    const status = Number(text.slice(9, 12))
    text = ''
    waiting?.resolve(status)
  })
  socket.on('error', ({ message }) => fail(`The connection broke: ${message}.`))
  socket.on('close', () => fail('The server closed the connection before its answer was complete.'))
  return {
    next: () =>
      new Promise<number>((resolve, reject) => {
        waiting = { resolve, reject }
        if (socket.destroyed) fail('The server has closed the connection.')
      }),
  }
}
