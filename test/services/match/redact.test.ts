import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blankContacts, blankingContacts } from '../../../src/services/match/contacts.ts'
import { redactDocument } from '../../../src/services/match/redact.ts'
import { createTurns } from '../../../src/turns.ts'

test.each([
  ['Write to ann.lee+jobs@mail.example.com now', 'ann.lee+jobs@mail.example.com'],
  ['邮箱：张三@例子.公司。', '张三@例子.公司'],
  ['see https://ann.example/cv?x=1 and more', 'https://ann.example/cv?x=1'],
  ['see www.example.com', 'www.example.com'],
  ['linkedin.com/in/ann', 'linkedin.com/in/ann'],
  ['call +49 (0)30 123 456-78 today', '+49 (0)30 123 456-78'],
  ['电话13812345678，', '13812345678'],
  ['手机 +86 138-1234-5678', '+86 138-1234-5678'],
  ['身份证 11010519491231002X。', '11010519491231002X'],
  ['身份证号110101199003074514', '110101199003074514'],
  ['身份证 110105 19491231 002X。', '110105 19491231 002X'],
  ['ID 110105-19491231-002X', '110105-19491231-002X'],
  // Its last digit is wrong, but the word says what it is.
  ['身份证号码：110105194912310020，男', '110105194912310020'],
  ['身份证号１１０１０５１９４９１２３１００２０', '１１０１０５１９４９１２３１００２０'],
  ['微信：zhang_san88', 'zhang_san88'],
  ['WeChat ID is zhangsan2020', 'zhangsan2020'],
  ['加微信号 zhangsan2020 联系', 'zhangsan2020'],
  ['WeChat ID: li-si_01', 'li-si_01'],
  ['微信 wx_nurse88', 'wx_nurse88'],
  ['Tel １３８１２３４５６７８。', '１３８１２３４５６７８'],
  ['写到 ａ＠ｂ．ｃｏｍ', 'ａ＠ｂ．ｃｏｍ'],
  ['ｑｑ：１２３４５６７', '１２３４５６７'],
  ['加微信 zhangsan2020。', 'zhangsan2020'],
  ['WeChat lisi_01', 'lisi_01'],
  ['QQ：123456', '123456'],
  ['qq群 87654321', '87654321'],
  ['护照号 E12345678', 'E12345678'],
  ['Passport No. G87654321', 'G87654321'],
  ['加我微信abcd1234', 'abcd1234'],
  ['V信 nurse_li', 'nurse_li'],
  ['v信：zhangsan', 'zhangsan'],
  ['Weixin zhangsan88', 'zhangsan88'],
  ['港澳通行证 C12345678', 'C12345678'],
  ['港澳居民来往内地通行证：H1234567890', 'H1234567890'],
  ['台胞证号 12345678', '12345678'],
  ['call 030.123.45.67', '030.123.45.67'],
])('blanks the contact in %j', (text, contact) => {
  expect(blankContacts(text)).toBe(text.replace(contact, ' '.repeat(contact.length)))
})

test.each([
  '2015-2019',
  '2015/01/31',
  '31.12.2015',
  '2015.09-2019.06',
  '2015/9 - 2019/12',
  '5 years, 120000 EUR',
  'C++ and C#',
  'ISO 9001:2015',
  'node.js',
  'a @ b',
  '@home and me@',
  '订单 110105194912310021',
  '微信小程序开发',
  '微信 JavaScript SDK',
  'wxPython 4.2',
  '微信 SQLite3',
  'ＪＡＶＡ ３年',
  '微信 OAuth2 登录',
  '微信 mini-program',
  'E12345678 is a part number',
  '月薪 15000-20000',
  '15000 - 20000 RMB',
  '熟悉 GB/T 19001-2016 与 GB 50010-2010',
  'ISO 27001-2013 auditor',
  '服务器 192.168.1.100',
  '微信SQLite3',
  '微信H5开发',
])('leaves %j as it is', (text) => {
  expect(blankContacts(text)).toBe(text)
})

test('keeps the length of every text, so that offsets still point at the original', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.emailAddress(), fc.webUrl(), (text, email, url) => {
      const whole = `${text} ${email} ${url} ${text}`
      expect(blankContacts(whole)).toHaveLength(whole.length)
      expect(blankContacts(whole)).not.toContain(url)
      expect(blankContacts(whole)).not.toContain(email)
    }),
  )
})

test('drops named fields at any depth, and contacts in the fields that stay', async () => {
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
  const redacted = await redactDocument(document, new Set(['name']), createTurns())
  expect(redacted.fields).toEqual({
    years: 3,
    summary: 'ask          ',
    experience: [{ title: 'Nurse', until: null }, '         '],
  })
})

test.each([
  ['a', 'one word'],
  ['1', 'digits'],
  ['1-', 'digits with dashes'],
  ['a@', 'signs of addresses'],
  ['a.b@c.', 'parts of addresses'],
  ['wechat   ', 'words before a name'],
  ['微信号', 'Chinese ones'],
])('reads %j over and over (%s): with the square of the length this test would take an hour', (part) => {
  const text = part.repeat(1_000_000 / part.length)
  expect(blankContacts(text)).toHaveLength(text.length)
})

test('blanks a contact wherever it lies in a long text', () => {
  const contacts = [
    'ann@example.com',
    'call +49 (0)30 123 456-78 today',
    '微信号：zhang_san88',
    '11010519491231002X',
    `see https://ann.example/${'cv'.repeat(300)} now`,
  ]
  const place = fc.tuple(fc.integer({ min: 16_000, max: 33_000 }), fc.constantFrom(...contacts))
  fc.assert(
    fc.property(place, fc.constantFrom(' ', '，', 'é '), ([before, contact], filling) => {
      const head = filling.repeat(before)
      const blanked = blankContacts(`${head} ${contact} ${filling.repeat(200)}`)
      expect(blanked.slice(head.length, head.length + contact.length + 2)).toBe(` ${blankContacts(contact)} `)
      expect(blanked.slice(0, head.length) === head).toBe(true)
    }),
  )
})

test('stops after every 16,384 characters of each kind of contact', () => {
  const stopsOf = (pieces: number) => {
    const steps = blankingContacts('1@a.b '.repeat((pieces * 16_384) / 6))
    let stops = 0
    while (!steps.next().done) stops++
    return stops
  }
  expect(stopsOf(40) / stopsOf(20)).toBeCloseTo(2, 0)
  expect(stopsOf(40)).toBeGreaterThan(40 * 8)
})
