import fc from 'fast-check'
import type { CollectionQuery } from '../../src/collections/candidate-index.ts'
import { parseExactJson } from '../../src/formats/exact-json.ts'
import type { MatchDocument } from '../../src/services/match/document.ts'
import { createFilterJudge, type Filters } from '../../src/services/match/filters.ts'

const value = fc.oneof(
  fc.constantFrom('Berlin', ' berlin ', 'ＢＥＲＬＩＮ', '上海', 'a"b\\c', '', '5', 'ΟΔΟΣ', 'İ'),
  fc.constantFrom(-1, 0, 5, 7.5, 1e300, 9007199254740992, null, true),
  fc.constant(parseExactJson('9007199254740993')),
  fc.constant(parseExactJson('1e400')),
  fc.array(fc.constantFrom('Go', 'go ', 'Rust', 5, true), { maxLength: 3 }),
  fc.record(
    { latitude: fc.double({ min: -91, max: 91, noNaN: true }), longitude: fc.constant(13.4) },
    { noNullPrototype: true },
  ),
)
/** Values that an engine may keep, cut or compare in its own way. */
const HOSTILE = [
  ...['\u0000', 'a\u0000b', '\ud800', '長'.repeat(200), `${'x'.repeat(3000)}1`, `${'x'.repeat(3000)}2`],
  ...[
    '2026-11-29',
    '2026-11-29T08:00:00Z',
    '1e3',
    '0x10',
    'NaN',
    'null',
    'true',
    "'; --",
    '\\',
    '{}',
    '[5]',
    '👩\u200d💻',
  ],
] as const
const odd = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE, [...HOSTILE], false, -0, 5e-324, -1.5),
  fc.constantFrom<unknown>({ b: { c: [1, 'Go'] } }, [[5], ['Go']], [{ Go: 1 }], [], {}, [null], [[]]),
)
const NAMES = ['a', 'b', "it's", '$1', 'a\u0000', '"', '职位', 'toString', 'x'.repeat(300)]
/** Fields of a row, of every kind that filters tell apart. */
export const FIELDS = fc.dictionary(
  fc.constantFrom('a', 'a', 'a', 'b', 'b', ...NAMES),
  fc.oneof(value, odd),
  {
    maxKeys: 3,
    noNullPrototype: true,
  },
)
const scalar = fc.constantFrom<string | number | boolean>(
  ...['berlin', 'GO', 'rust', 5, true, '上海', 'οδος', 'a"B\\c', '', 'i̇', false, -0],
  ...HOSTILE,
)
const some = fc.array(scalar, { maxLength: 3 })
const number = fc.constantFrom(-1, 0, -0, 5, 7.5, 9007199254740992, 5e-324, 1e300)
const condition = fc.record(
  {
    equals: scalar,
    in: some,
    min: number,
    max: number,
    hasAll: some,
    hasAny: some,
    within: fc.constant({ latitude: 52.5, longitude: 13.4, kilometres: 3000 }),
  },
  { requiredKeys: [], noNullPrototype: true },
)
/** Filters that may keep such rows or leave them out. */
export const FILTERS = fc.dictionary(fc.constantFrom('a', 'a', 'a', 'b', 'b', ...NAMES, 'c'), condition, {
  minKeys: 1,
  maxKeys: 2,
  noNullPrototype: true,
})

/** The filter of a match, as `/match` hands it down. */
export function filterOf(filters: Filters): NonNullable<CollectionQuery['filter']> {
  const judge = createFilterJudge(filters)
  return {
    key: JSON.stringify(filters),
    conditions: filters,
    keeps: (fields) => judge.exclusionOf({ fields: fields as MatchDocument['fields'] }) === undefined,
    notes: judge.warnings,
  }
}
