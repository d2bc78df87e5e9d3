import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMentionFinder } from '../../../src/services/match/skills/mentions.ts'
import { shippedSkillNames } from '../../../src/services/match/skills/skills.ts'

const names = shippedSkillNames([])
const mentioned = (skill: string, text: string) =>
  createMentionFinder(names, [skill])
    .find(text)
    .map(({ start, end }) => text.slice(start, end))

test.each([
  ['MySQL', 'Tuned MySQL and introduced Redis.', 'MySQL'],
  ['Redis', 'Tuned MySQL and introduced Redis.', 'Redis'],
  ['Kubernetes', 'moved everything to k8s', 'k8s'],
  ['微服务', 'Split a monolith into microservices', 'microservices'],
  ['Microservices', '负责微服务架构的设计', '微服务'],
  ['Node.js', 'services in Node.js, tested', 'Node.js'],
  ['HTML', 'pages of HTML5 and CSS3', 'HTML5'],
  ['C++', 'engines in C++.', 'C++'],
  ['.NET', 'ported it to .NET', '.NET'],
  ['Go', 'Backends in Go and Rust.', 'Go'],
  ['Go', '熟悉Go语言', 'Go'],
  ['Excel', '熟练使用excel制作报表', 'excel'],
  ['Excel', 'word, excel, ppt', 'excel'],
  ['CI/CD', 'built the CI/CD pipeline', 'CI/CD'],
  ['AI', 'research in AI', 'AI'],
  ['ventilation', 'patients on mechanical ventilation', 'mechanical ventilation'],
  ['wound dressing', 'Wound dressings and more', 'Wound dressings'],
  ['成本核算', 'Responsible for cost accounting', 'cost accounting'],
])('the text names %s: %s', (skill, text, words) => {
  expect(mentioned(skill, text)).toEqual([words])
})

test.each([
  ['Java', 'Wrote JavaScript.'],
  ['Java', 'Wrote Java Script.'],
  ['React', 'Apps in React Native'],
  ['React', 'I react to alarms'],
  ['C', 'Vitamin C and hepatitis C'],
  ['R', 'R&D in a plant'],
  ['Go', 'Go to market plans'],
  ['Go', 'ready to go abroad'],
  ['Go', 'Google Ads campaigns'],
  ['Excel', 'I excel at everything'],
  ['Excel', 'Excellent results'],
  ['HIS', 'his patients'],
  ['SQL', 'NoSQL stores'],
  ['SQL', 'no-SQL stores'],
  ['BI', 'a bi-weekly report'],
  ['Java', '不会Java'],
  ['Docker', '没有Docker经验'],
  ['Docker', 'no experience with Docker'],
  ['Docker', 'never used Docker'],
  ['MySQL', 'MySQLite'],
])('the text does not name %s: %s', (skill, text) => {
  expect(mentioned(skill, text)).toEqual([])
})

test('what is found lies in the text, at its place, whatever the text is', () => {
  const part = fc.constantFrom(
    'MySQL',
    'mysql 8',
    '微服务',
    'k8s',
    ' ',
    ', ',
    '。',
    '👩‍⚕️',
    'ＭｙＳＱＬ',
    '不会',
    'x',
  )
  const finder = createMentionFinder(names, ['MySQL', 'Kubernetes', '微服务'])
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const text = parts.join('')
      for (const { wanted, start, end } of finder.find(text)) {
        expect(names.nameOf(text.slice(start, end)).key).toBe(
          names.nameOf(['MySQL', 'Kubernetes', '微服务'][wanted]!).key,
        )
      }
    }),
  )
})
