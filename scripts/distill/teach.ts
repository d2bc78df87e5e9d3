import type { Products } from '../../src/learning/products.ts'
import { type Matrix, rowOf } from '../../src/vector/matrix.ts'
import type { Lexicon } from './lexicon.ts'
import { findAxes, targetsOf } from './space.ts'
import type { StepBar } from './step-bar.ts'
import { teachVectors, UNKNOWN, type VectorFile, type VectorSource } from './vector-file.ts'

/** Who is asked, and about what. */
interface TeachParts {
  readonly texts: readonly string[]
  readonly teacher: VectorSource
  readonly lexicon: Lexicon
  readonly dimensions: number
  readonly products: Products
  readonly begin: (label: string) => StepBar
}

/** What the teacher says of all texts and of single pieces. */
export interface Taught {
  /** Pieces of each text. */
  readonly ids: readonly Int32Array[]
  /** The teacher's own vectors of the texts. */
  readonly vectors: VectorFile
  /** Axes of the student's columns in the teacher's, one a row. */
  readonly space: Matrix
  /** Unit vectors that the texts should have, one row each; zeros where the teacher knows nothing. */
  readonly targets: Matrix
  /** The same of single pieces, by what they spell. */
  readonly pieces: ReadonlyMap<string, Float32Array>
}

/**
 * Asks the teacher about texts and pieces, and finds the columns of the student.
 *
 * @param fitFrom the first text that the columns may be found by
 * @throws StoppedError when the teacher's signal ends it
 */
export async function teach(parts: TeachParts, fitFrom: number): Promise<Taught> {
  const { texts, lexicon, products } = parts
  const ids = texts.map(lexicon.idsOf)
  const vectors = await ask(parts, texts, 'texts')
  const spelled = askedPieces(lexicon, texts)
  const ofPieces = await ask(parts, spelled, 'vocabulary')
  try {
    const columns = Math.min(parts.dimensions, vectors.columns)
    const space = await findAxes(vectors, fitFrom, columns, products)
    const targets = await targetsOf(vectors, space, products)
    const seen = await targetsOf(ofPieces, space, products)
    const pieces = new Map(
      spelled.flatMap((text, row) =>
        ofPieces.states[row] === UNKNOWN ? [] : [[text, rowOf(seen, row)] as const],
      ),
    )
    return { ids, vectors, space, targets, pieces }
  } finally {
    ofPieces.close()
  }
}

async function ask(
  { teacher, begin }: TeachParts,
  texts: readonly string[],
  what: string,
): Promise<VectorFile> {
  const bar = begin(`${teacher.manifest.id}, ${what}`)
  const vectors = await teachVectors(texts, teacher, (done) =>
    bar.show(done / texts.length, `${done} of ${texts.length}`),
  )
  bar.end()
  return vectors
}

const HAN = /\p{Script=Han}/u
const WORD = /^[\p{L}\p{N}]+$/u
/** Of so many texts one with a Chinese character is enough to ask about all. */
const LOOKED_AT = 1000

/** Pieces of letters and digits, each once; Chinese ones only where the texts have some. */
function askedPieces({ spelled }: Lexicon, texts: readonly string[]): string[] {
  const isChinese = texts.slice(0, LOOKED_AT).some((text) => HAN.test(text))
  return [...new Set(spelled)].filter((text) => WORD.test(text) && (isChinese || !HAN.test(text)))
}
