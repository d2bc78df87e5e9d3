import { AFTER_FIRST, formatTable } from '../console/table.ts'
import type { Fidelity } from './fidelity.ts'
import type { SampledTexts } from './sample.ts'

/** What one model takes, and how well it does on rated pairs. */
export interface ModelFacts {
  readonly model: string
  readonly dimensions: number
  /** Bytes of its graph and tokenizer. */
  readonly bytes: number
  /** One text after another, warm, on this machine. */
  readonly msPerText: number
  /** Spearman's correlation of cosines with ratings, by file. */
  readonly rated: Readonly<Record<string, number>>
}

/** Everything that is said about a distillation; no text is in it. */
export interface DistillReport {
  readonly kind: 'distilled'
  readonly teacher: ModelFacts
  readonly student: ModelFacts
  readonly vocabulary: string
  readonly texts: Omit<SampledTexts, 'texts'> & {
    readonly unreadable: number
    readonly training: number
    readonly validation: number
    readonly heldOut: number
    readonly cutByTeacher: number
  }
  readonly heldOut: {
    readonly student: Fidelity
    readonly start: Fidelity
    readonly bundled: Fidelity
    readonly smaller: readonly (Fidelity & { readonly columns: number })[]
  }
  readonly epoch: number
  readonly stopped: boolean
  readonly seed: number
  readonly seconds: number
  readonly decision: { readonly ships: boolean; readonly reasons: readonly string[] }
}

/** What is lost and what is won, as tables for a terminal. */
export function describeDistillation(report: DistillReport): string {
  const { heldOut, texts, teacher, student } = report
  const row = (name: string, { similarities, neighbours }: Fidelity) => [
    name,
    similarities.toFixed(3),
    neighbours.toFixed(3),
  ]
  const fidelity = formatTable(
    [
      ['against the teacher', 'similarities', 'neighbours'],
      row(`${student.dimensions} dimensions`, heldOut.student),
      ...heldOut.smaller.map((smaller) => row(`the first ${smaller.columns}`, smaller)),
      row('before training', heldOut.start),
      row('jobs-static', heldOut.bundled),
    ],
    AFTER_FIRST,
  )
  const models = [teacher, student]
  const facts = formatTable(
    [
      ['', 'teacher', 'student'],
      ['ms a text', ...models.map(({ msPerText }) => msPerText.toFixed(3))],
      ['MB', ...models.map(({ bytes }) => (bytes / 1e6).toFixed(1))],
      ['dimensions', ...models.map(({ dimensions }) => String(dimensions))],
      ...Object.keys(teacher.rated).map((name) => [
        `Spearman, ${name}`,
        ...models.map(({ rated }) => rated[name]!.toFixed(3)),
      ]),
    ],
    AFTER_FIRST,
  )
  return [
    `What is lost, on ${texts.heldOut} texts that were held out: correlation of similarities (Spearman), and the share of`,
    "the teacher's ten nearest texts that are among the student's ten nearest.",
    '',
    fidelity,
    '',
    facts,
  ].join('\n')
}

/** What was read, and what of it is learned from. */
export function describeTexts(
  { texts, read, blank, repeated, beyond }: SampledTexts,
  unreadable: number,
): string {
  const dropped = [
    [repeated, 'repeated'],
    [blank, 'without a letter or digit'],
    [unreadable, 'rows without a text'],
    [beyond, 'more than --most'],
  ] as const
  const said = dropped.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []))
  return `${read + unreadable} rows, ${texts.length} distinct texts${said.length > 0 ? `; left out: ${said.join(', ')}` : ''}.`
}
