/** One message of PostgreSQL's protocol. */
interface Message {
  /** A letter, or which of the messages without one it is: the first of a connection. */
  readonly type: string
  readonly body: Buffer
  readonly bytes: Buffer
}

const TLS_REQUEST = 80_877_103

/** A message of a letter and a body. */
export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

/** The messages of a server's answer, which is whole. */
export function repliesOf(answer: Uint8Array): Message[] {
  const read = createMessageReader('ready')
  return read(Buffer.from(answer))
}

/** Cuts what a client sends into messages; keeps what is not whole yet. */
export function createMessageReader(from: 'start' | 'ready' = 'start'): (chunk: Buffer) => Message[] {
  let [started, rest] = [from === 'ready', Buffer.alloc(0)]
  const next = (): Message | undefined => {
    const head = started ? 1 : 0
    if (rest.length < head + 4) return undefined
    const end = head + rest.readInt32BE(head)
    if (rest.length < end) return undefined
    const bytes = rest.subarray(0, end)
    rest = rest.subarray(end)
    const body = bytes.subarray(head + 4)
    if (started) return { type: String.fromCharCode(bytes[0]!), body, bytes }
    const type = body.readInt32BE(0) === TLS_REQUEST ? 'tls' : 'startup'
    started = type === 'startup'
    return { type, body, bytes }
  }
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const all: Message[] = []
    for (let one = next(); one; one = next()) all.push(one)
    return all
  }
}
