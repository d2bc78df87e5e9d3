import { describe, expect, test } from 'vitest'
import { mayBeAlike } from '../../../src/services/match/skills/names.ts'
import { createSkillComparison, shippedSkillNames } from '../../../src/services/match/skills/skills.ts'
import table from '../../../src/services/match/skills/synonyms.json' with { type: 'json' }

const names = shippedSkillNames([])
const isOne = (one: string, other: string) => names.nameOf(one).key === names.nameOf(other).key

describe('two writings of one skill have one name', () => {
  test.each([
    ['python', 'Python (primary)'],
    ['Python', 'Python 3.11'],
    ['Python', 'python3'],
    ['Python 2.7', 'Python 3.x'],
    ['Java', 'Java 8+'],
    ['Java 11', 'Java 17'],
    ['HTML', 'HTML5'],
    ['CSS', 'css3'],
    ['C++', 'C++11'],
    ['C++17', 'c++ 20'],
    ['Excel', 'Excel 2016'],
    ['Vue', 'Vue.js 3'],
    ['Vue', 'vue v3.2'],
    ['Spring Boot', 'SpringBoot 3'],
    ['PostgreSQL', 'Postgres 14'],
    ['nurse', 'nurses'],
    ['nurse', '护士'],
    ['REST APIs', 'RESTful services'],
    ['battery', 'batteries'],
    ['Node.js', 'NodeJS'],
    ['Node.js', 'node js'],
    ['kubernetes', 'k8s'],
    ['Kubernetes', 'Ｋ８ｓ'],
    ['Go', 'Golang'],
    ['Go', 'Go 1.21'],
    ['英文', '英语'],
    ['English', '英语（流利）'],
    ['English', 'English - fluent'],
    ['微服务', 'Microservices'],
    ['JS', 'JavaScript'],
    ['TS', 'TypeScript'],
    ['成本核算', 'cost accounting'],
    ['精通Java', 'Java'],
    ['熟练使用Excel', 'MS Excel'],
    ['Java开发', 'Java developer'],
    ['Linux', 'linux操作系统'],
    ['C', 'C语言'],
    ['foo 2.1', 'Foo 3'],
    ['.NET 6', 'dotnet'],
    ['ES6', 'ES2015'],
    ['OAuth2', 'OAuth 2.0'],
    ['PL/SQL', 'plsql'],
    ['CI/CD', 'CI CD'],
  ])('%s and %s', (one, other) => {
    if (one === 'foo 2.1') expect(names.nameOf(one).key).toBe('foo')
    else expect([one, other, isOne(one, other)]).toEqual([one, other, true])
  })
})

describe('two skills have two names, and no likeness of vectors makes them one', () => {
  test.each([
    ['Java', 'JavaScript'],
    ['Java', 'JS'],
    ['Java developer', 'JavaScript developer'],
    ['Java 8', 'JavaScript ES6'],
    ['C', 'C++'],
    ['C', 'C#'],
    ['C++', 'C#'],
    ['C++11', 'C'],
    ['C99', 'C++'],
    ['R', 'React'],
    ['Go', 'Google Ads'],
    ['Go', 'Google'],
    ['SQL', 'NoSQL'],
    ['SQL', 'PL/SQL'],
    ['SQL', 'MySQL'],
    ['Excel', 'Excellent'],
    ['Excel', 'excellent communication'],
    ['React', 'React Native'],
    ['EC2', 'S3'],
    ['H2', 'HBase'],
    ['Angular', 'AngularJS'],
    ['Spring', 'Spring Boot'],
  ])('%s and %s', (one, other) => {
    expect(isOne(one, other)).toBe(false)
    expect(mayBeAlike(names.nameOf(one), names.nameOf(other))).toBe(false)
    expect(mayBeAlike(names.nameOf(other), names.nameOf(one))).toBe(false)
  })

  test.each([
    ['OAuth2', 'OAuth'],
    ['ES6', 'ES'],
    ['H2', 'H'],
    ['S3', 'S'],
    ['EC2', 'EC'],
    ['ISO 9001', 'ISO 27001'],
    ['IFRS 9', 'IFRS 16'],
    ['HSK 6', 'HSK 4'],
    ['R4', 'R'],
    ['window cleaning', 'Windows'],
    ['window', 'Windows'],
  ])('%s is not %s', (one, other) => {
    expect(isOne(one, other)).toBe(false)
  })
})

test('a name is in one group, and every name of a group leads to it', () => {
  const groups = [...table.software, ...table.skills]
  for (const group of groups) {
    for (const form of group)
      expect([form, names.nameOf(form).key]).toEqual([form, names.nameOf(group[0]!).key])
  }
  expect(new Set(groups.map(([first]) => names.nameOf(first!).key)).size).toBe(groups.length)
})

test('very long skills and endless digits take linear time and keep what they are', () => {
  for (const skill of [
    '1'.repeat(200_000),
    'a('.repeat(100_000),
    'x 1.'.repeat(50_000),
    'Go/'.repeat(70_000),
  ]) {
    expect(names.partsOf(skill)).toHaveLength(1)
    expect(isOne(skill, skill)).toBe(true)
  }
})

test('groups of an operator add names to the groups that ship, and new ones', () => {
  const more = shippedSkillNames([
    ['Kubernetes', 'kube', 'OpenShift'],
    ['信贷', 'lending'],
  ])
  const key = (skill: string) => more.nameOf(skill).key
  expect(key('k8s')).toBe(key('kube'))
  expect(key('OpenShift 4')).toBe(key('k8s'))
  expect(key('信贷')).toBe(key('Lending'))
  expect(key('Docker')).not.toBe(key('k8s'))
})

const compare = async (wanted: string[], offered: string[]) => {
  const { matched, open, free } = await (await createSkillComparison(names, wanted)).compare(offered)
  return { matched: matched.map(({ query, candidate }) => [query, candidate]), open, free }
}

test('lists of several skills in one text count for each that a candidate offers, and ask for all', async () => {
  expect(await compare(['JavaScript', 'C++', 'MySQL'], ['JS/TS', 'C/C++', 'MySQL、Redis'])).toEqual({
    matched: [
      ['JavaScript', 'JS/TS'],
      ['C++', 'C/C++'],
      ['MySQL', 'MySQL、Redis'],
    ],
    open: [],
    free: [],
  })
  expect(await compare(['HTML/CSS', 'CI/CD'], ['HTML', 'CI'])).toEqual({
    matched: [],
    open: [0, 1],
    free: [0, 1],
  })
  expect((await compare(['HTML/CSS'], ['HTML5', 'CSS3'])).open).toEqual([])
})

test('one skill of a candidate may answer two names for it', async () => {
  expect((await compare(['JS', 'JavaScript'], ['javascript'])).open).toEqual([])
})
