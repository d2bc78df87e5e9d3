/** What kind of thing is to be said of a judging, for those who count how often. */
const JUDGE_NOTES = [
  'job_cut',
  'time_up',
  'busy',
  'texts_cut',
  'no_text',
  'coarse',
  'silent',
  'flagged',
  'left_out',
  'not_redacted',
  'quotes_dropped',
  'quotes_late',
  'quotes_silent',
  'quotes_left_out',
] as const

/** One of {@link JUDGE_NOTES}. */
type JudgeNoteKind = (typeof JUDGE_NOTES)[number]

/** Something to be said of a judging, in a sentence for the caller. */
export interface JudgeNote {
  readonly kind: JudgeNoteKind
  readonly sentence: string
}

/** What happened while the resumes of one job were judged. */
interface Told {
  readonly candidates: number
  /** Verdicts of now and of the cache, and texts that are empty. */
  readonly done: number
  /** Whether the model had no turn for it before the time was up. */
  readonly waited: boolean
  readonly cut: number
  readonly empty: number
  readonly coarse: boolean
  readonly silent: number
}

/** What is to be said of a judging; nothing where all went as it should. */
export function notesOf(told: Told, textTokens: number, model: string): JudgeNote[] {
  const { candidates, done, waited, cut, empty, coarse, silent } = told
  const notes: (JudgeNote | false)[] = [
    done < candidates && {
      kind: waited ? 'busy' : 'time_up',
      sentence: waited
        ? `The judge ${model} was busy with other answers until the time was up: judged ${done} of ${candidates} candidates; the others stay where they were.`
        : `Judged ${done} of ${candidates} candidates before the time was up; the others stay where they were.`,
    },
    cut > 0 && {
      kind: 'texts_cut',
      sentence: `The judge read the first ${textTokens} tokens of ${cut} candidates, whose texts are longer.`,
    },
    empty > 0 && {
      kind: 'no_text',
      sentence: `${empty} candidates have no text that a judge could read; these stay where they were.`,
    },
    coarse && {
      kind: 'coarse',
      sentence:
        'The judge tells no probabilities, so it gave one of three verdicts: no (0), partly (0.5), yes (1).',
    },
    silent > 0 && {
      kind: 'silent',
      sentence: `The judge said neither yes nor no of ${silent} candidates; these stay where they were.`,
    },
  ]
  return notes.filter((note) => note !== false)
}

/** What to say of a job whose end the judge did not read. */
export function jobCutNote(characters: number): JudgeNote {
  return {
    kind: 'job_cut',
    sentence: `The judge read the beginning of a job alone: ${characters} characters.`,
  }
}

/** What happened while the resumes of one job were quoted. */
interface Quoted {
  /** Quotes that stand nowhere. */
  readonly dropped: number
  /** Resumes that the time did not reach, and those of which the model gave no list. */
  readonly late: number
  readonly silent: number
}

/** What is to be said of the quotes for some jobs together; nothing where all went as it should. */
export function quoteNotesOf(jobs: readonly Quoted[]): JudgeNote[] {
  const sum = (count: (job: Quoted) => number) => jobs.reduce((all, job) => all + count(job), 0)
  const [dropped, late, silent] = [
    sum((job) => job.dropped),
    sum((job) => job.late),
    sum((job) => job.silent),
  ]
  const notes: (JudgeNote | false)[] = [
    dropped > 0 && {
      kind: 'quotes_dropped',
      sentence: `Dropped ${dropped} quote${dropped === 1 ? '' : 's'} of the judge, because no such words stand in the text.`,
    },
    late > 0 && {
      kind: 'quotes_late',
      sentence: `The time was up before the judge had quoted ${late} more candidate${late === 1 ? '' : 's'}.`,
    },
    silent > 0 && {
      kind: 'quotes_silent',
      sentence: `The judge gave no list of quotes for ${silent} candidate${silent === 1 ? '' : 's'}.`,
    },
  ]
  return notes.filter((note) => note !== false)
}

const SUMMARIES: Readonly<Record<JudgeNoteKind, string>> = {
  job_cut: 'the judge read the beginning of the job alone',
  time_up: "the judge's time was up before it had read all candidates; the others stayed where they were",
  busy: 'the judge was busy with other answers until the time was up; those it had not judged stayed where they were',
  texts_cut: 'the judge read the beginning of some candidates alone, whose texts are longer',
  no_text: 'some candidates have no text that a judge could read; these stayed where they were',
  coarse: 'the judge tells no probabilities, so it gave one of three verdicts: no (0), partly (0.5), yes (1)',
  silent: 'the judge said neither yes nor no of some candidates; these stayed where they were',
  flagged:
    'sentences that address the judge were left out of texts of candidates; the judge can lower these and cannot raise them',
  left_out: 'the judge was left out, since it failed; the matches stayed as they were found',
  not_redacted: 'a field of redact dropped nothing, because no match has it',
  quotes_dropped: 'quotes of the judge were dropped, because no such words stand in the text',
  quotes_late: 'the time was up before the judge had quoted all candidates',
  quotes_silent: 'the judge gave no list of quotes for some candidates',
  quotes_left_out: 'quotes were left out, since the judge failed when it was asked for them',
}

/** What is to be said of many judgings: a sentence for each kind, by how many rows have it. */
export function summaryOfNotes(counts: Readonly<Record<string, number>>): string[] {
  return JUDGE_NOTES.flatMap((kind) => {
    const rows = counts[kind] ?? 0
    return rows > 0 ? [`In ${rows} row${rows === 1 ? '' : 's'} ${SUMMARIES[kind]}.`] : []
  })
}
