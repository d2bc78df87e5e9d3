import { AppError } from '../../errors.ts'

/** The longest line that is kept: a piece of an answer with 20 alternatives has 2 kB. */
const MOST_LINE = 1024 * 1024

/**
 * The data of the events of a stream (text/event-stream), wherever its bytes are cut; comments and other fields are
 * passed over. Ends with the stream.
 *
 * @param mostBytes after which the stream is refused
 * @throws AppError `upstream_failed` for a longer stream, or a line of more than a megabyte
 */
export async function* readEvents(
  stream: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  let bytes = 0
  const event = (line: string): string | undefined => {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    if (line !== '' || data.length === 0) return undefined
    const whole = data.join('\n')
    data = []
    return whole
  }
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > mostBytes) throw tooLong(`more than ${mostBytes} bytes`)
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    if (rest.length > MOST_LINE) throw tooLong(`a line of more than ${MOST_LINE} characters`)
    for (const line of lines) {
      const whole = event(line.endsWith('\r') ? line.slice(0, -1) : line)
      if (whole !== undefined) yield whole
    }
  }
  event(rest)
  const last = event('')
  if (last !== undefined) yield last
}

function tooLong(what: string): AppError {
  return new AppError('upstream_failed', `The server of the model sent ${what}; ask for a shorter answer.`, {
    retryable: false,
  })
}
