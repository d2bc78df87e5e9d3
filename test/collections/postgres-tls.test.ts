import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPgvectorIndex } from '../../src/collections/postgres/pgvector-index.ts'
import { createContext } from '../../src/context.ts'
import { toAppError } from '../../src/errors.ts'
import { certificate, startTlsFront } from '../support/tls-front.ts'

const SECRET = 'geheim-5f2c'

/** What becomes of a question to a server with that certificate. */
async function ask(name: Parameters<typeof startTlsFront>[0], options: string, host = 'localhost') {
  const front = await startTlsFront(name)
  const index = createPgvectorIndex(`postgres://me@${host}:${front.port}/people${options}`, SECRET)
  onTestFinished(async () => {
    await index.close()
    front.stop()
  })
  const error = await index.info('jobs', createContext()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(SECRET)
  const { code, message } = toAppError(error)
  expect(message).toMatch(/^[^\n]+\.$/)
  return `${code}: ${message}`
}

const trusted = (name: Parameters<typeof certificate>[0]) => `?sslrootcert=${certificate(name)}`
/** The server was reached: it has refused the password, as these servers do. */
const REACHED = /^internal: PostgreSQL at \S+ refuses the user: password authentication failed/

describe('a database that is asked by TLS', () => {
  it('is reached when its certificate is of an authority that is named, and of its name', async () => {
    expect(await ask('here', trusted('here'))).toMatch(REACHED)
    expect(await ask('here', trusted('here'), '127.0.0.1')).toMatch(REACHED)
  })

  it('is not trusted with a certificate of an authority that is not known', async () => {
    expect(await ask('here', '')).toMatch(/^internal: .*not trusted.*sslrootcert/)
  })

  it('is not trusted with a certificate that has expired', async () => {
    expect(await ask('expired', trusted('expired'))).toMatch(/^internal: .*has expired; renew it/)
  })

  it('is not trusted with a certificate of another name, unless names do not count', async () => {
    expect(await ask('elsewhere', trusted('elsewhere'))).toMatch(/^internal: .*another name: .*verify-ca/)
    expect(await ask('elsewhere', `${trusted('elsewhere')}&sslmode=verify-ca`)).toMatch(REACHED)
    expect(await ask('here', '?sslmode=verify-ca')).toMatch(/not trusted/)
  })

  it('is reached whatever its certificate where none is to be checked', async () => {
    expect(await ask('expired', '?sslmode=require')).toMatch(REACHED)
  })

  it('is told of when it speaks no TLS', async () => {
    expect(await ask(undefined, '')).toMatch(/^internal: .*asked for TLS.*sslmode=disable/)
  })
})
