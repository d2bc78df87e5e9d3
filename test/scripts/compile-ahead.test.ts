import { expect, test } from 'vitest'
import { asciiOf } from '../../scripts/compile-ahead.ts'

test('a program in ASCII does what the program did', () => {
  const program = String.raw`/^[（(]?(?:微信|薇信)[:：😀]?$/u.test('微信：') && /\d，|【[^】]*】/.exec('1，')[0]`
  const ascii = asciiOf(program)
  expect(/^[\0-\x7f]*$/.test(ascii)).toBe(true)
  expect(Function(`return ${ascii}`)()).toBe('1，')
})

test('a backslash before another character is refused, as an escape behind it would mean something else', () => {
  expect(() => asciiOf(String.raw`/\\\，/`)).toThrow('expected no backslash before it')
  expect(asciiOf(String.raw`/\\，/`)).toBe(String.raw`/\\\uff0c/`)
})
