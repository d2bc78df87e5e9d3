import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactDocument, redactText } from '../../../src/services/match/redact.ts'

test.each([
  ['Write to ann.lee+jobs@mail.example.com now', 'ann.lee+jobs@mail.example.com'],
  ['邮箱：张三@例子.公司。', '张三@例子.公司'],
  ['see https://ann.example/cv?x=1 and more', 'https://ann.example/cv?x=1'],
  ['see www.example.com', 'www.example.com'],
  ['linkedin.com/in/ann', 'linkedin.com/in/ann'],
  ['call +49 (0)30 123 456-78 today', '+49 (0)30 123 456-78'],
  ['电话13812345678，', '13812345678'],
])('blanks the contact in %j', (text, contact) => {
  expect(redactText(text)).toBe(text.replace(contact, ' '.repeat(contact.length)))
})

test.each([
  '2015-2019',
  '2015/01/31',
  '31.12.2015',
  '5 years, 120000 EUR',
  'C++ and C#',
  'ISO 9001:2015',
  'node.js',
  'a @ b',
])('leaves %j as it is', (text) => {
  expect(redactText(text)).toBe(text)
})

test('keeps the length of every text, so that offsets still point at the original', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.emailAddress(), fc.webUrl(), (text, email, url) => {
      const whole = `${text} ${email} ${url} ${text}`
      expect(redactText(whole)).toHaveLength(whole.length)
      expect(redactText(whole)).not.toContain(url)
    }),
  )
})

test('drops named fields at any depth, and contacts in the fields that stay', () => {
  const document = {
    id: '1',
    index: 0,
    fields: {
      name: 'Ann',
      years: 3,
      summary: 'ask ann@x.org',
      experience: [{ name: 'Acme', title: 'Nurse', until: null }, 'www.x.org'],
    },
  }
  expect(redactDocument(document, new Set(['name'])).fields).toEqual({
    years: 3,
    summary: 'ask          ',
    experience: [{ title: 'Nurse', until: null }, '         '],
  })
})
