import { expect, test } from 'vitest'
import { planChineseTasks } from '../../../scripts/train/chinese-tasks.ts'
import type { TrainingData } from '../../../scripts/train/training-data.ts'
import { createRandom } from '../../../src/learning/random.ts'

const texts: string[] = []
/** Each text has one token: its place among the texts that were asked for. */
const ids = (text: string) => {
  if (!texts.includes(text)) texts.push(text)
  return [texts.indexOf(text)]
}

const data: TrainingData = {
  esco: [{ id: 'e1', name: 'nurse (general)', titles: ['registered nurse'], texts: [] }],
  onet: [{ id: 'o1', name: 'Nurse', titles: [], texts: [] }],
  english: [],
  chinese: [],
  glosses: new Map([
    [
      '护士',
      [
        { text: 'Nurse', job: 2 },
        { text: 'hospital nurse', job: 1 },
      ],
    ],
    ['护理员', [{ text: 'nurse', job: 2 }]],
    ['苹果', [{ text: 'apple', job: 0 }]],
  ]),
  csco: [{ id: '2-05-08-01', name: '内科护士', titles: ['病房护士'], texts: ['护理病人'] }],
  cscoTitles: [
    { title: '住院部护士', name: '内科护士' },
    { title: '谁也不是', name: '没有这个职业' },
  ],
  synthetic: [
    { chinese: '临床护士', english: 'clinical nurse', kind: 'e', occupation: 'e1' },
    { chinese: '急诊护士', english: 'emergency nurse', kind: 'e', occupation: 'e1' },
    { chinese: '会计', english: 'accountant', kind: 'z', occupation: 'e2' },
  ],
}

const EPOCHS = 40

/** The pairs of a task in words, of as many epochs as show every choice. */
function drawn(name: string) {
  const task = planChineseTasks(data, ids).find((one) => one.name === name)!
  if (task.kind !== 'pairs') throw new Error(`${name} is no task of pairs`)
  const random = createRandom(1)
  const pairs = Array.from({ length: EPOCHS }, () => task.sample(random)).flat()
  return pairs.map(({ left, right, group }) => [texts[left[0]!], texts[right[0]!], group] as const)
}

test('a word stands beside any of its glosses, and words of one gloss are of one group', () => {
  const pairs = drawn('glosses')
  expect(new Set(pairs.map(([word]) => word)).size).toBeGreaterThan(1)
  for (const [word, gloss] of pairs)
    expect(data.glosses.get(word!)!.some(({ text }) => text === gloss)).toBe(true)
  const groupOf = (gloss: string) => pairs.find(([, right]) => right === gloss)![2]
  expect(groupOf('Nurse')).toBe(groupOf('nurse'))
  expect(groupOf('hospital nurse')).not.toBe(groupOf('nurse'))
})

test('glosses of jobs are those that name one', () => {
  const pairs = drawn('glosses of jobs')
  expect(pairs.map(([word]) => word)).not.toContain('苹果')
  // Each of the two words comes up twice an epoch.
  expect(pairs).toHaveLength(4 * EPOCHS)
})

test('advertised titles count as titles of their occupation, and those of unknown ones are left out', () => {
  const names = drawn('Chinese names').map(([title]) => title)
  expect(new Set(names)).toEqual(new Set(['病房护士', '住院部护士']))
  expect(drawn('Chinese titles').map(([title]) => title)).toContain('住院部护士')
  expect(texts).not.toContain('谁也不是')
})

test('translated titles keep the side that is real, and an occupation is one group', () => {
  const fromEnglish = drawn('translated titles')
  expect(new Set(fromEnglish.map(([, english]) => english))).toEqual(
    new Set(['clinical nurse', 'emergency nurse']),
  )
  expect(new Set(fromEnglish.map(([, , group]) => group)).size).toBe(1)
  expect(drawn('translated Chinese titles').every(([chinese]) => chinese === '会计')).toBe(true)
})

test('a bridge leads from a word over an English title to another title of that occupation', () => {
  const pairs = drawn('bridge')
  expect(new Set(pairs.map(([word]) => word))).toEqual(new Set(['护士', '护理员']))
  for (const [, title] of pairs) expect(['nurse (general)', 'registered nurse', 'Nurse']).toContain(title)
})
