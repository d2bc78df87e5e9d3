import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayLiteral, copyLine } from '../../src/collections/postgres/copy.ts'
import { requireExtension } from '../../src/collections/postgres/extension.ts'
import { facetsOf, termOf } from '../../src/collections/postgres/facets.ts'
import { parsePostgres, tlsOptions } from '../../src/collections/postgres/place.ts'
import { explain, isClosed } from '../../src/collections/postgres/problems.ts'
import { whereOf } from '../../src/collections/postgres/where.ts'
import { AppError } from '../../src/errors.ts'
import { parseExactJson } from '../../src/formats/exact-json.ts'

describe('the place of a database', () => {
  it('is read with TLS on, and its certificate checked, unless it says otherwise', () => {
    const place = parsePostgres('postgres://me@db.example:6432/people')
    expect(place).toEqual({
      host: 'db.example',
      port: 6432,
      user: 'me',
      database: 'people',
      tls: 'verify-full',
      authority: undefined,
    })
    expect(tlsOptions(place)).toEqual({ servername: 'db.example', rejectUnauthorized: true })
    expect(parsePostgres('postgresql://a%40b@[::1]/x%20y?sslmode=require')).toMatchObject({
      host: '::1',
      port: 5432,
      user: 'a@b',
      database: 'x y',
      tls: 'require',
    })
    expect(tlsOptions(parsePostgres('postgres://me@h/d?sslmode=disable'))).toBe(false)
  })

  it.each([
    ['postgres://me:geheim@h/d', 'password'],
    ['postgres://h/d', 'no user'],
    ['postgres://me@h', 'no database'],
    ['postgres:///d', 'no address'],
    ['postgres://me@h/d?sslmode=prefer', 'sslmode prefer'],
    ['postgres://me@h/d?ssl=true', 'option ssl'],
    ['postgres://me%zz@h/d', 'write %25'],
  ])('%s is refused in a sentence that shows no password', (text, problem) => {
    const read = () => parsePostgres(text)
    expect(read).toThrow(problem)
    expect(read).not.toThrow('geheim')
  })

  it('says which file of certificates cannot be read', () => {
    const place = parsePostgres('postgres://me@h/d?sslrootcert=/nowhere/ca.pem')
    expect(() => tlsOptions(place)).toThrow('/nowhere/ca.pem, which cannot be read')
  })
})

describe('what filters may ask of a row', () => {
  it('is kept as folded terms, numbers, digits and places', () => {
    const fields = parseExactJson(
      '{"city":"ＢＥＲＬＩＮ ","years":9007199254740993,"skills":["Go",5],"at":{"latitude":1,"longitude":2},"none":null}',
    ) as Record<string, unknown>
    const { terms, numbers, wholes, places } = facetsOf(fields)
    expect(terms).toContain('["is","city","berlin"]')
    expect(terms).toContain('["has","skills","go"]')
    expect(terms).toContain('["has","skills","5"]')
    expect(terms).toContain('["number","years"]')
    expect(terms.join()).not.toContain('none')
    expect(numbers).toEqual({ '"years"': '9007199254740992' })
    expect(wholes).toEqual({ '"years"': '9007199254740993' })
    expect(places).toEqual({ '"at"': [1, 2] })
  })

  it('has terms that an index takes, however long a text is', () => {
    expect(termOf('is', 'text', 'x'.repeat(10_000))).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('a filter as SQL', () => {
  it('holds nothing that a caller sent: names and values are parameters', () => {
    const evil = fc.string({ minLength: 1, unit: fc.constantFrom("'", '"', '\\', ';', '$', '1', '-', 'é') })
    fc.assert(
      fc.property(evil, evil, (field, value) => {
        const condition = { equals: value, in: [value], hasAll: [value], hasAny: [value], min: 1, max: 2 }
        const within = { latitude: 1, longitude: 2, kilometres: 3 }
        const asked = whereOf({ [`f${field}`]: { ...condition, within } }, 3)
        const harmless = whereOf(
          { f: { equals: 'a', in: ['a'], hasAll: ['a'], hasAny: ['a'], min: 1, max: 2, within } },
          3,
        )
        expect(asked.text).toBe(harmless.text)
        const numbers = [...asked.text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number))
        expect(new Set(numbers)).toEqual(new Set(asked.values.map((_, index) => index + 3)))
      }),
    )
  })

  it('keeps every row where it asks for nothing', () => {
    expect(whereOf({}, 1)).toEqual({ text: 'true', values: [] })
    expect(whereOf({ years: {} }, 1)).toEqual({ text: 'true', values: [] })
  })
})

describe('a row as a line of COPY', () => {
  it('has seven columns on one line, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\t', '\n', '\r', '\\', 'a', '"', '{', ',') }),
        (text) => {
          const line = copyLine({ id: `x${text}`, fields: { text }, vector: Float32Array.of(1, 0.5) })
          expect(line.slice(0, -1)).not.toMatch(/[\n\r]/)
          expect(line.split('\t')).toHaveLength(7)
          expect(line.endsWith('\t[1.00000,0.500000]\n')).toBe(true)
        },
      ),
    )
    expect(arrayLiteral(['a"b', 'c\\d'])).toBe('{"a\\"b","c\\\\d"}')
  })

  it.each([
    ['a\u0000b', 'the character 0'],
    ['é'.repeat(1001), '2002 bytes'],
  ])('refuses an id that PostgreSQL cannot keep', (id, problem) => {
    const write = () => copyLine({ id, fields: {}, vector: Float32Array.of(1) })
    expect(write).toThrow(problem)
  })
})

describe('a pgvector that is older than searches need', () => {
  it.each([
    ['0.5.1', false],
    ['0.7.4', true],
  ])('%s is refused, whether it has halfvec or not (%s)', (version, reachable) => {
    const require = () => requireExtension({ version, reachable, schema: 'public' })
    expect(require).toThrow(
      new RegExp(`pgvector ${version}; expected 0.8 or later.*ALTER EXTENSION vector UPDATE\\.$`),
    )
  })

  it('is told from one that lies where the user does not look, with the path to set', () => {
    const pathOf = (schema: string) => () => requireExtension({ version: '0.8.5', reachable: false, schema })
    expect(pathOf('public')).toThrow(/search_path TO "\$user", public\.$/)
    expect(pathOf('tools')).toThrow(/search_path TO "\$user", public, tools\.$/)
  })

  it('is not told of one that is new enough and found', () => {
    expect(() => requireExtension({ version: '0.10.0', reachable: true, schema: 'public' })).not.toThrow()
  })
})

describe('the error of a database', () => {
  const place = parsePostgres('postgres://me@db.example/people')
  it.each([
    ['28P01', 'internal', 'refuses the user'],
    ['3D000', 'internal', 'create it'],
    ['42501', 'internal', 'does not let the user'],
    ['58P01', 'internal', 'has no pgvector'],
    ['0A000', 'internal', 'has no pgvector'],
    ['53300', 'overloaded', 'too busy'],
    ['53100', 'internal', 'has no room'],
    ['25006', 'internal', 'it is a replica'],
    ['CONNECT_TIMEOUT', 'upstream_failed', 'has not answered in time'],
    ['40P01', 'overloaded', 'too busy'],
    ['57014', 'deadline_exceeded', 'ran out of time'],
    ['ECONNREFUSED', 'upstream_failed', 'cannot be reached'],
    ['CONNECTION_CLOSED', 'upstream_failed', 'cannot be reached'],
    ['57P01', 'upstream_failed', 'does not serve now: as the server says'],
    ['08P01', 'upstream_failed', 'does not serve now: as the server says'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'internal', 'not trusted'],
    ['XX000', 'internal', 'failed'],
  ])('%s is %s, in one sentence that says where', (code, expected, words) => {
    const error = explain(Object.assign(new Error('as the server says'), { code }), place)
    expect(error.code).toBe(expected)
    expect(error.message).toContain('db.example:5432')
    expect(error.message).toContain(words)
    expect(error.message).toMatch(/^[^\n]+\.$/)
  })

  it.each([
    ['SASL authentication failed', 'internal', 'refuses the user'],
    ['no such user: me', 'internal', 'refuses the user'],
    ['database "people" does not exist', 'internal', 'create it'],
    ['no more connections allowed (max_client_conn)', 'overloaded', 'too busy'],
    [
      'transaction blocks not allowed in statement pooling mode',
      'upstream_failed',
      'pool_mode is transaction',
    ],
    ['SSL required', 'internal', 'lets nobody in without TLS'],
  ])('that PgBouncer tells by words alone, "%s", is %s', (message, expected, words) => {
    const error = explain(Object.assign(new Error(message), { code: '08P01' }), place)
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining(words) })
  })

  it('is of a lost connection when there was one, and not when a server that starts lets nobody in yet', () => {
    const errorOf = (code: string) => Object.assign(new Error('as the server says'), { code })
    expect(
      ['CONNECTION_CLOSED', 'ECONNRESET', '57P01'].filter((code) => isClosed(errorOf(code))),
    ).toHaveLength(3)
    expect(isClosed(errorOf('57P03'))).toBe(false)
  })

  it('is that of a server which wants TLS, where it was asked in the clear', () => {
    const says = 'no pg_hba.conf entry for host "10.0.0.1", user "me", database "people", no encryption'
    const error = explain(Object.assign(new Error(says), { code: '28000' }), place)
    expect(error.message).toMatch(/lets nobody in without TLS: .*take sslmode=disable out of COLLECTIONS/)
  })

  it('is left as it is when it is a sentence already', () => {
    const known = new AppError('invalid_request', 'Known.')
    expect(explain(known, place)).toBe(known)
    expect(explain('no error', place).code).toBe('internal')
  })
})
