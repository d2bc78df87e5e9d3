import type { Fidelity } from './fidelity.ts'

/** What a student came to on texts that it was not taught. */
export interface DistillResult {
  readonly student: Fidelity
  /** The table before training: single pieces as the teacher sees them. */
  readonly start: Fidelity
  /** The static model that ships, which costs nothing. */
  readonly bundled: Fidelity
  /** Share of the texts of which the student knows no piece, 0 to 1. */
  readonly unread: number
  /** The same of the teacher. */
  readonly untaught: number
}

/** Whether a student is worth having. */
interface DistillDecision {
  readonly ships: boolean
  /** One sentence for each rule that speaks against it. */
  readonly reasons: readonly string[]
}

const LEAST_SIMILARITY = 0.3
const MOST_UNKNOWN = 0.05

/** Decides by what was measured on texts that were held out. */
export function decideDistillation(result: DistillResult): DistillDecision {
  const { student, start, bundled, unread, untaught } = result
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const both = ({ similarities, neighbours }: Fidelity) =>
    `${similarities.toFixed(3)} / ${neighbours.toFixed(3)}`
  const rules: readonly (readonly [isBroken: boolean, reason: string])[] = [
    [
      untaught > MOST_UNKNOWN,
      `The teacher knows no token of ${percent(untaught)} of the texts; expected at most ${percent(MOST_UNKNOWN)}: is it a model of their language?`,
    ],
    [
      unread > MOST_UNKNOWN,
      `The vocabulary of the student has no piece of ${percent(unread)} of the texts; expected at most ${percent(MOST_UNKNOWN)}: try the other one with --vocabulary.`,
    ],
    [
      !(student.similarities >= LEAST_SIMILARITY),
      `The similarities of student and teacher correlate by ${student.similarities.toFixed(3)}; expected at least ${LEAST_SIMILARITY}: are these texts with a meaning, and more than a few of a kind?`,
    ],
    [
      !isNearer(student, start),
      `Similarities / neighbours of the student are ${both(student)}, and ${both(start)} before training; expected more of both.`,
    ],
    [
      !isNearer(student, bundled),
      `Similarities / neighbours of the student are ${both(student)}, and ${both(bundled)} of jobs-static, which is there without training; expected more of both.`,
    ],
  ]
  const reasons = rules.flatMap(([isBroken, reason]) => (isBroken ? [reason] : []))
  return { ships: reasons.length === 0, reasons }
}

/** In both measures, so that no rounding of one decides. */
function isNearer(one: Fidelity, other: Fidelity): boolean {
  return one.similarities > other.similarities && one.neighbours > other.neighbours
}
