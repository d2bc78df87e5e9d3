import { embedBags } from '../../src/learning/bags.ts'
import type { Products } from '../../src/learning/products.ts'
import { expandTable, type QuantizedTable, quantizeTable } from '../../src/learning/static-model.ts'
import type { Matrix } from '../../src/vector/matrix.ts'
import { normalizeRows } from '../../src/vector/normalize.ts'
import { countDocuments } from '../train/start.ts'
import { createProbe, type Fidelity, firstColumns, type Probe } from './fidelity.ts'
import type { Lexicon } from './lexicon.ts'
import { startStudent } from './start-table.ts'
import type { StepBar } from './step-bar.ts'
import { type Taught, teach } from './teach.ts'
import { lessonsOf, type StudentEpoch, trainStudent, turnStudent } from './train-student.ts'
import { CUT, UNKNOWN, type VectorSource } from './vector-file.ts'

/** Everything that a distillation needs. */
interface DistillParts {
  /** In a fixed order: the first ones are held out. */
  readonly texts: readonly string[]
  readonly teacher: VectorSource
  readonly lexicon: Lexicon
  /** Most columns of the student. */
  readonly dimensions: number
  readonly seed: number
  readonly products: Products
  /** The static model that the student has to beat, to unit vectors. */
  readonly bundled: (texts: readonly string[]) => Promise<Matrix>
  /** Begins to show a step of the work. */
  readonly begin: (label: string) => StepBar
}

/** What came of it. */
export interface Distilled {
  readonly table: QuantizedTable
  readonly epoch: StudentEpoch
  readonly counts: Readonly<Record<'training' | 'validation' | 'heldOut', number>>
  /** On the texts that were held out: the table in bytes, the table before training, the static model that ships. */
  readonly student: Fidelity
  readonly start: Fidelity
  readonly bundled: Fidelity
  /** By the first columns alone, most first. */
  readonly smaller: readonly (Fidelity & { readonly columns: number })[]
  /** Texts whose end the teacher did not read. */
  readonly cut: number
  /** Shares of all texts of which student and teacher know nothing. */
  readonly unread: number
  readonly untaught: number
}

const MOST_HELD_OUT = 2000
const MOST_VALIDATION = 1000
const HELD_SHARE = 0.1
/** Of the time of measuring. */
const TURNED_SHARE = 0.4
/** Sizes that the student can be cut to, where it is longer. */
const SMALLER = [192, 128, 64]

/**
 * Makes a static model that answers as its teacher does. Ended by the teacher's signal it keeps the best epoch so far.
 *
 * @throws StoppedError when the signal ends it before there are all vectors of the teacher
 */
export async function distill(parts: DistillParts): Promise<Distilled> {
  const share = Math.floor(HELD_SHARE * parts.texts.length)
  const heldOut = Math.min(MOST_HELD_OUT, share)
  const fitFrom = heldOut + Math.min(MOST_VALIDATION, share)
  const taught = await teach(parts, fitFrom)
  try {
    const { lexicon, products } = parts
    const { ids, vectors } = taught
    const table = startTable(parts, taught, fitFrom)
    const start = embedBags(table, ids.slice(0, heldOut).map(lexicon.rowsOf)).units
    const trained = await train(parts, taught, table, { heldOut, fitFrom })
    const bar = parts.begin('measuring')
    bar.show(0)
    const turned = await turnStudent(trained.best, ids.slice(fitFrom), products)
    const quantized = quantizeTable(turned)
    bar.show(TURNED_SHARE)
    const probe = await createProbe(vectors.read(0, heldOut), products)
    const judged = await judge(parts, { probe, quantized, start, ids: ids.slice(0, heldOut) })
    bar.show(1)
    bar.end()
    const shareOf = (count: number) => count / parts.texts.length
    return {
      ...judged,
      table: quantized,
      epoch: trained.epoch,
      counts: { training: ids.length - fitFrom, validation: fitFrom - heldOut, heldOut },
      cut: vectors.states.filter((state) => state === CUT).length,
      untaught: shareOf(vectors.states.filter((state) => state === UNKNOWN).length),
      unread: shareOf(ids.filter((list) => !list.some((piece) => lexicon.spelled[piece] !== '')).length),
    }
  } finally {
    taught.vectors.close()
  }
}

function startTable(
  { lexicon, seed }: DistillParts,
  { ids, pieces, space }: Taught,
  fitFrom: number,
): Matrix {
  const fitted = ids.slice(fitFrom)
  return startStudent({
    lexicon,
    ...countDocuments(fitted, lexicon.spelled.length),
    targets: pieces,
    dimensions: space.rows,
    seed,
  })
}

async function train(
  { lexicon, products, begin, teacher, seed }: DistillParts,
  { ids, vectors, targets, pieces }: Taught,
  table: Matrix,
  { heldOut, fitFrom }: { readonly heldOut: number; readonly fitFrom: number },
) {
  const bar = begin('student')
  const lessons = {
    texts: lessonsOf(ids, targets, fitFrom, lexicon.rowsOf),
    pieces: lexicon.spelled.flatMap((text, piece) => {
      const target = pieces.get(text)
      return target ? [{ text: lexicon.rowsOf([piece]), target }] : []
    }),
    probe: await createProbe(vectors.read(heldOut, fitFrom), products),
    probeTexts: ids.slice(heldOut, fitFrom),
  }
  let note = ''
  const trained = await trainStudent(table, lexicon, lessons, {
    seed,
    signal: teacher.signal,
    onBatch: (share) => bar.show(share, note),
    onEpoch({ epoch, epochs, fidelity }) {
      note = `epoch ${epoch} of ${epochs}: similarities ${fidelity.similarities.toFixed(3)}, neighbours ${fidelity.neighbours.toFixed(3)}`
      bar.show(epoch / epochs, note)
    },
  })
  bar.end()
  return trained
}

/** How near student, start and the static model that ships come to the teacher. */
async function judge(
  { texts, bundled }: DistillParts,
  made: {
    readonly probe: Probe
    readonly quantized: QuantizedTable
    /** Unit vectors by the table before training. */
    readonly start: Matrix
    readonly ids: readonly Int32Array[]
  },
): Promise<Pick<Distilled, 'student' | 'start' | 'bundled' | 'smaller'>> {
  const { probe, quantized, start, ids } = made
  const units = embedBags(expandTable(quantized), ids).units
  const smaller: (Fidelity & { readonly columns: number })[] = []
  for (const columns of SMALLER.filter((size) => size < quantized.columns)) {
    const cut = firstColumns(units, columns)
    normalizeRows(cut)
    smaller.push({ columns, ...(await probe.measure(cut)) })
  }
  return {
    student: await probe.measure(units),
    start: await probe.measure(start),
    bundled: await probe.measure(await bundled(texts.slice(0, ids.length))),
    smaller,
  }
}
