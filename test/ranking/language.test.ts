import { expect, test } from 'vitest'
import { languageOf, languagePair } from '../../src/ranking/language.ts'

test.each([
  ['Registered nurse', 'en'],
  ['护士', 'zh'],
  ['高级 Java 工程师', 'zh'],
  ['Senior Java developer (上海)', 'en'],
  ['infirmière', 'en'],
  ['Ａ㐀', 'zh'],
  ['12 – 15 K ☎ 🙂'.replace('K', ''), undefined],
  ['䷀ {}', undefined],
  ['', undefined],
])('%j is %s', (text, language) => {
  expect(languageOf(text)).toBe(language)
})

test('the head of a long text says its language', () => {
  expect(languageOf(`${'a'.repeat(1000)}${'护士'.repeat(5000)}`)).toBe('en')
})

test('a pair has one name in either order, and none without both languages', () => {
  expect([languagePair('zh', 'en'), languagePair('en', 'zh'), languagePair('zh', 'zh')]).toEqual([
    'en-zh',
    'en-zh',
    'zh-zh',
  ])
  expect([languagePair(undefined, 'en'), languagePair('zh', undefined)]).toEqual([undefined, undefined])
})
