import { orderOf } from '../../src/ranking/fusion.ts'
import { AFTER_FIRST, formatTable } from '../console/table.ts'
import { cutTo } from '../console/width.ts'

/** Texts of a table; of more the nearest pairs are listed. */
export const MOST_IN_TABLE = 10
/** Pairs that are listed. */
const MOST_PAIRS = 20
/** Columns of a text in a table, and of each in a list of pairs. */
const TEXT_WIDTH = 40
/** First numbers of a vector that are shown. */
const SHOWN = 5

/** Texts with vectors of one length, by cosine. */
interface Embedded {
  readonly texts: readonly string[]
  readonly vectors: readonly (readonly number[])[]
}

/** How like each other the texts are: a table of cosines, or the nearest pairs of many; of one, how its vector begins. */
export function describeSimilarities(embedded: Embedded): string {
  const { texts, vectors } = embedded
  if (texts.length === 1) return describeVector(vectors[0]!)
  return texts.length <= MOST_IN_TABLE ? tableOf(embedded) : nearestPairs(embedded)
}

function describeVector(vector: readonly number[]): string {
  const first = vector.slice(0, SHOWN).map((value) => value.toFixed(4))
  return `${vector.length} dimensions: ${first.join(' ')} … (--vectors prints all; a second text shows how alike they are)`
}

function tableOf({ texts, vectors }: Embedded): string {
  const head = ['', '', ...texts.map((_, index) => String(index + 1))]
  const rows = texts.map((text, row) => [
    String(row + 1),
    cutTo(text, TEXT_WIDTH),
    ...vectors.map((vector) => cosine(vectors[row]!, vector).toFixed(3)),
  ])
  return formatTable([head, ...rows], (column) => column > 1)
}

function nearestPairs({ texts, vectors }: Embedded): string {
  const pairs: { readonly one: number; readonly other: number }[] = []
  const scores: number[] = []
  for (let one = 0; one < vectors.length; one++) {
    for (let other = one + 1; other < vectors.length; other++) {
      pairs.push({ one, other })
      scores.push(cosine(vectors[one]!, vectors[other]!))
    }
  }
  const rows = orderOf(scores)
    .slice(0, MOST_PAIRS)
    .map((place) => {
      const { one, other } = pairs[place]!
      return [scores[place]!.toFixed(3), cutTo(texts[one]!, TEXT_WIDTH), cutTo(texts[other]!, TEXT_WIDTH)]
    })
  const head = `The ${rows.length} nearest of ${pairs.length} pairs of ${texts.length} texts`
  return `${head}\n\n${formatTable(rows, (column) => !AFTER_FIRST(column))}`
}

/** 0 where a vector has no direction, as that of a text without a known word. */
function cosine(one: readonly number[], other: readonly number[]): number {
  let product = 0
  let ones = 0
  let others = 0
  for (let index = 0; index < one.length; index++) {
    product += one[index]! * other[index]!
    ones += one[index]! ** 2
    others += other[index]! ** 2
  }
  return ones === 0 || others === 0 ? 0 : product / Math.sqrt(ones * others)
}
