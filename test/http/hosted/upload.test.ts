import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { type Receiver, readUpload } from '../../../src/http/hosted/upload.ts'

/** A receiver that keeps what came, and says what it gave up. */
function collector(refuse?: (bytes: number) => AppError | undefined) {
  const dropped: string[] = []
  const receiver: Receiver<string> = {
    async receive(chunks) {
      let text = ''
      for await (const chunk of chunks) {
        text += Buffer.from(chunk).toString()
        const error = refuse?.(text.length)
        if (error) throw error
      }
      return text
    },
    drop: async (draft) => void dropped.push(draft),
    check(name, value) {
      if (name === 'purpose' && value !== 'batch') throw new AppError('invalid_request', 'Wrong purpose.')
    },
  }
  return { receiver, dropped }
}

function formOf(parts: Readonly<Record<string, string | Blob | readonly [Blob, string]>>): Request {
  const form = new FormData()
  for (const [name, value] of Object.entries(parts)) {
    if (typeof value === 'string') form.append(name, value)
    else if (value instanceof Blob) form.append(name, value)
    else form.append(name, value[0], value[1])
  }
  return new Request('http://localhost/v1/files', { method: 'POST', body: form })
}

const csv = (name: string, text = 'text\ndata\n') => [new Blob([text]), name] as const

/** The body of a form as it is written, with a boundary of its own. */
function raw(lines: readonly string[], boundary = 'x'): Request {
  return new Request('http://localhost/v1/files', {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: lines.join('\r\n'),
  })
}

const HEAD = ['--x', 'content-disposition: form-data; name="file"; filename="a.csv"', '', 'text']

test.each(['before', 'behind'])('a file is handed on, with its fields %s it', async (where) => {
  const { receiver, dropped } = collector()
  const file = { file: csv('简历.csv') }
  const fields = { purpose: 'batch' }
  const upload = await readUpload(
    formOf(where === 'before' ? { ...fields, ...file } : { ...file, ...fields }),
    receiver,
  )
  expect([upload.draft, upload.filename, [...upload.fields]]).toEqual([
    'text\ndata\n',
    '简历.csv',
    [['purpose', 'batch']],
  ])
  expect(dropped).toEqual([])
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\temp\\a.csv', 'a.csv'],
  ['', 'file'],
])('of the name %j only the last part is taken: %j', async (given, name) => {
  const { receiver } = collector()
  const request = raw([
    '--x',
    `content-disposition: form-data; name="file"; filename="${given}"`,
    'content-type: application/octet-stream',
    '',
    'text',
    '--x--',
    '',
  ])
  expect((await readUpload(request, receiver)).filename).toBe(name)
})

test.each([
  ['no file', formOf({ purpose: 'batch' }), 'The form has no file'],
  ['a file in another field', formOf({ data: csv('a.csv') }), 'The form has a file in the field data'],
  ['a form that breaks off', raw(HEAD), 'Unexpected end of multipart data'],
  ['nothing that is a form', raw(['hello']), 'Unexpected end of multipart data'],
  ['a wrong field before the file', formOf({ purpose: 'x', file: csv('a.csv') }), 'Wrong purpose.'],
  ['a wrong field behind the file', formOf({ file: csv('a.csv'), purpose: 'x' }), 'Wrong purpose.'],
  [
    'a field that is too long',
    formOf({ purpose: 'x'.repeat(5000), file: csv('a.csv') }),
    'The field purpose is too long',
  ],
])('%s is refused, and what had come is given up', async (_, request, sentence) => {
  const { receiver, dropped } = collector()
  await expect(readUpload(request, receiver)).rejects.toThrow(sentence)
  expect(dropped.length).toBeLessThanOrEqual(1)
})

test('several files are refused, and the first is given up', async () => {
  const { receiver, dropped } = collector()
  const form = new FormData()
  for (const name of ['a.csv', 'b.csv']) form.append('file', new Blob(['text']), name)
  const request = new Request('http://localhost/', { method: 'POST', body: form })
  await expect(readUpload(request, receiver)).rejects.toThrow('The form has several files; expected one')
  expect(dropped).toEqual(['text'])
})

test('a form that is packed as a whole is refused, with what to pack instead', async () => {
  const request = formOf({ file: csv('a.csv') })
  request.headers.set('content-encoding', 'gzip')
  await expect(readUpload(request, collector().receiver)).rejects.toMatchObject({
    status: 415,
    message: expect.stringContaining('pack the file in it instead'),
  })
})

test('a form of many fields is refused as such', async () => {
  const fields = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, 'x']))
  const request = formOf({ ...fields, file: csv('a.csv') })
  await expect(readUpload(request, collector().receiver)).rejects.toThrow('The form has more than 16 fields')
})

test('what the receiver refuses is the answer, and no more is read', async () => {
  const { receiver } = collector((bytes) =>
    bytes > 100 ? new AppError('payload_too_large', 'Too large.') : undefined,
  )
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(Buffer.from(sent === 0 ? `${HEAD.join('\r\n')}\n` : 'x'.repeat(10_000)))
      sent += 1
    },
  })
  const request = new Request('http://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body,
    duplex: 'half',
  } as RequestInit)
  await expect(readUpload(request, receiver)).rejects.toMatchObject({ code: 'payload_too_large' })
  expect(sent).toBeLessThan(200)
})

test('a client that leaves in the middle leaves nothing waiting', async () => {
  const { receiver } = collector()
  let fail = (_: Error) => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from(`${HEAD.join('\r\n')}\nmore`))
      fail = (error) => controller.error(error)
    },
  })
  const request = new Request('http://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body,
    duplex: 'half',
  } as RequestInit)
  const read = readUpload(request, receiver)
  await new Promise(setImmediate)
  fail(new Error('The connection was reset'))
  await expect(read).rejects.toThrow('The connection was reset')
})

test.each(['application/json', 'multipart/mixed; boundary=x', 'multipart/form-data'])(
  'the content type %s is refused as such',
  async (type) => {
    const request = new Request('http://localhost/', {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'x',
    })
    await expect(readUpload(request, collector().receiver)).rejects.toMatchObject({ status: 415 })
  },
)
