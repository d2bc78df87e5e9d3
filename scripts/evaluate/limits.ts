import { formatTable } from '../console/table.ts'
import { readSts } from '../train/data.ts'
import { type Embed, meanCosine } from './tasks.ts'

/** Something that the bundled model cannot do, by a number. */
interface Limit {
  readonly name: string
  readonly measured: number
}

type Pair = readonly [string, string]

/** Pairs that mean the opposite, or something else, in nearly the same words. */
const CONFUSED: Readonly<Record<string, readonly Pair[]>> = {
  'a text and its negation, English': [
    ['nurse', 'not a nurse'],
    ['I have a driving licence', 'I do not have a driving licence'],
    ['experience with SAP is required', 'experience with SAP is not required'],
    ['remote work is possible', 'remote work is impossible'],
    ['speaks German', 'speaks no German'],
  ],
  'a text and its negation, Chinese': [
    ['护士', '不是护士'],
    ['会开车', '不会开车'],
    ['要求有SAP经验', '不要求有SAP经验'],
    ['可以远程办公', '不可以远程办公'],
    ['精通德语', '不懂德语'],
  ],
  'the same words in another order': [
    ['the teacher trains the nurse', 'the nurse trains the teacher'],
    ['from sales to engineering', 'from engineering to sales'],
    ['老师培训护士', '护士培训老师'],
  ],
  'other numbers': [
    ['1 year of experience', '10 years of experience'],
    ['salary 5000', 'salary 50000'],
    ['三年经验', '十年经验'],
  ],
  'a word and its translation in scripts that it hardly knows': [
    ['nurse', 'медсестра'],
    ['nurse', 'ممرضة'],
    ['nurse', 'พยาบาล'],
    ['nurse', '간호사'],
    ['nurse', 'かんごし'],
  ],
}

/** Sentences that make up a long document. */
const SENTENCES = 30
const DOCUMENTS = 10

/** What the model card says that the model cannot do: mean cosines that ought to be low, or higher, than they are. */
export async function measureLimits(embed: Embed, data: string): Promise<Limit[]> {
  const limits: Limit[] = []
  for (const [name, pairs] of Object.entries(CONFUSED)) {
    const measured = await meanCosine(
      embed,
      pairs.map(([one]) => one),
      pairs.map(([, other]) => other),
    )
    limits.push({ name, measured })
  }
  return [...limits, ...(await measureLongDocuments(embed, data))]
}

/** How near a sentence is to a document that holds it among {@link SENTENCES}, and to the next document. */
async function measureLongDocuments(embed: Embed, data: string): Promise<Limit[]> {
  const sentences = readSts(data, 'en', 'dev')
    .slice(0, SENTENCES * DOCUMENTS)
    .map(({ left }) => left)
  const documents = Array.from({ length: DOCUMENTS }, (_, index) =>
    sentences.slice(index * SENTENCES, (index + 1) * SENTENCES).join(' '),
  )
  const documentOf = (row: number, shift: number) =>
    documents[(Math.floor(row / SENTENCES) + shift) % DOCUMENTS]!
  const near = (shift: number) =>
    meanCosine(
      embed,
      sentences,
      sentences.map((_, row) => documentOf(row, shift)),
    )
  return [
    { name: `a sentence and the document of ${SENTENCES} that holds it`, measured: await near(0) },
    { name: `a sentence and another such document`, measured: await near(1) },
  ]
}

/** The limits as lines of text. */
export function formatLimits(limits: readonly Limit[]): string {
  const rows = limits.map(({ name, measured }) => ['limit', measured.toFixed(4), name])
  return formatTable([['', 'mean cosine', ''], ...rows], (column) => column === 1)
}
