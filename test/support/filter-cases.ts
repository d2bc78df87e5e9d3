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
/** Fields of a row, of every kind that filters tell apart. */
export const FIELDS = fc.dictionary(fc.constantFrom('a', 'b', "it's", '$1'), value, {
  maxKeys: 3,
  noNullPrototype: true,
})
const scalar = fc.constantFrom('berlin', 'GO', 'rust', 5, true, '上海', 'οδος', 'a"B\\c', '', 'i̇')
const some = fc.array(scalar, { maxLength: 3 })
const number = fc.constantFrom(-1, 0, 5, 7.5, 9007199254740992)
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
export const FILTERS = fc.dictionary(fc.constantFrom('a', 'b', "it's", '$1', 'c'), condition, {
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
