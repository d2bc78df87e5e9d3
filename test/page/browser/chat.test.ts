import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHINESE } from '../../../src/page/words/chinese.ts'
import { ENGLISH, type Words } from '../../../src/page/words/english.ts'
import { hasChromium, type OpenPage, reason, startBrowser } from './browser.ts'
import { buildServer } from './server.ts'
import { SAID, startTalker } from './talker.ts'

const AWAY = {
  id: 'away-chat',
  aliases: [],
  task: 'generate',
  runtime: 'remote',
  repo: 'someone/away-chat',
  tasks: ['chat'],
  contextTokens: 8192,
  parameters: 7_000_000_000,
  chat: { format: 'chatml' },
  license: 'apache-2.0',
  languages: ['en', 'zh'],
  remarks: ['It runs elsewhere.'],
}
const RUNS: readonly { locale: string; colorScheme: 'light' | 'dark'; words: Words }[] = [
  { locale: 'en-US', colorScheme: 'dark', words: ENGLISH },
  { locale: 'zh-CN', colorScheme: 'light', words: CHINESE },
]

describe.skipIf(!hasChromium)(`the Chat tab in Chromium${reason}`, () => {
  let server: Awaited<ReturnType<typeof buildServer>>
  let talker: Awaited<ReturnType<typeof startTalker>>
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let url = ''
  beforeAll(async () => {
    server = await buildServer()
    talker = await startTalker()
    const catalog = join(mkdtempSync(join(tmpdir(), 'page-chat-')), 'llm.json')
    writeFileSync(catalog, JSON.stringify([AWAY]))
    url = await server.start({ LLM_CATALOG: catalog, GENERATE_ENDPOINT: talker.endpoint })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    server?.stop()
    talker?.close()
  })

  describe.each(RUNS)('for a browser of $locale, $colorScheme', ({ locale, colorScheme, words }) => {
    let seen: OpenPage
    const answers = () => seen.page.locator('.chat-assistant p')
    const status = () => seen.page.locator('#panel-chat [role=status]')
    const button = (name: string) => seen.page.getByRole('button', { name, exact: true })
    const question = () => seen.page.locator('#chat-question')
    beforeAll(async () => {
      seen = await browser.open(url, { locale, colorScheme, viewport: { width: 1180, height: 860 } })
      await seen.page.locator('#tab-chat').click()
      await question().waitFor()
    })

    it('says where what is written goes, and is usable before anything is typed', async () => {
      const { page, findings } = seen
      expect(await page.locator('#panel-chat h1').textContent()).toBe(words.chat.title)
      expect(await page.locator('#chat-model-hint').textContent()).toBe(words.chat.places.away)
      expect(await findings()).toEqual([])
    })

    it('asks by the Enter key, in Chinese and over lines, and shows the answer as it is', async () => {
      const { page, findings } = seen
      await question().focus()
      await page.keyboard.insertText('护士做什么？')
      await page.keyboard.press('Shift+Enter')
      await page.keyboard.insertText('请简短回答。')
      expect(await question().inputValue()).toBe('护士做什么？\n请简短回答。')
      await page.keyboard.press('Enter')
      await page.getByText('families').waitFor()
      await expect.poll(() => answers().last().textContent()).toBe(SAID)
      expect(talker.asked.at(-1)!.at(-1)).toEqual({ role: 'user', content: '护士做什么？\n请简短回答。' })
      expect(await question().inputValue()).toBe('')
      expect(await findings('#panel-chat')).toEqual([])
    })

    it('goes on with the conversation', async () => {
      await question().fill('And an accountant?')
      await button(words.chat.send).click()
      await expect.poll(() => answers().count()).toBe(2)
      expect(talker.asked.at(-1)!.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    })

    it('shows an answer as it comes, and stops it by the keyboard, which stops the model', async () => {
      const { page, findings } = seen
      const left = talker.left()
      await question().fill('forever')
      await page.keyboard.press('Enter')
      await expect.poll(() => answers().last().textContent()).toMatch(/^(word ){2,}/)
      expect(await status().textContent()).toBe(words.working)
      expect(await findings('#panel-chat')).toEqual([])
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.textContent')).toBe(words.chat.stop)
      await page.keyboard.press('Enter')
      await expect.poll(() => status().textContent()).toBe(words.chat.ends.stopped)
      await expect.poll(() => talker.left()).toBe(left + 1)
      expect(await answers().last().textContent()).toMatch(/^(word )+/)
      expect(await page.evaluate('document.activeElement.id')).toBe('chat-question')
    })

    it('keeps what there was of an answer that breaks, and says what happened', async () => {
      const { page, findings } = seen
      await question().fill('breaks')
      await button(words.chat.send).click()
      await page.locator('#chat-form-error').waitFor()
      expect(await answers().last().textContent()).toBe('Half')
      expect(await page.locator('#chat-form-error').textContent()).toMatch(/^[A-Z].{20,}\.$/)
      expect(await findings('#panel-chat')).toEqual([])
    })

    it('shows the sentence of a refusal, and gives the question back', async () => {
      const { page } = seen
      const before = await answers().count()
      await question().fill('refuse')
      await button(words.chat.send).click()
      await expect.poll(() => page.locator('#chat-form-error').textContent()).toMatch(/model answered 400/)
      expect(await question().inputValue()).toBe('refuse')
      expect(await answers().count()).toBe(before)
    })

    it('asks for a message where there is none, and begins anew', async () => {
      const { page, findings } = seen
      await question().fill(' ')
      await button(words.chat.send).click()
      expect(await page.locator('#chat-question-error').textContent()).toBe(words.chat.need)
      await button(words.chat.clear).focus()
      await page.keyboard.press('Enter')
      await expect.poll(() => answers().count()).toBe(0)
      expect(await page.evaluate('document.activeElement.id')).toBe('chat-question')
      expect(await findings('#panel-chat')).toEqual([])
    })

    it('has asked no other host, and written no error but of the refusal', () => {
      const ours = (fault: string) => /the server responded with a status of (502|503|4\d\d)/.test(fault)
      expect(seen.faults.filter((fault) => !ours(fault))).toEqual([])
    })
  })

  it('fits a phone, with a long word in the conversation', async () => {
    const { page, findings } = await browser.open(url, {
      locale: 'zh-CN',
      viewport: { width: 375, height: 700 },
    })
    await page.locator('#tab-chat').click()
    await page.locator('#chat-question').fill('长'.repeat(300) + 'x'.repeat(300))
    await page.keyboard.press('Enter')
    await page.getByText('families').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375)
    expect(await findings('#panel-chat')).toEqual([])
  })

  it('says what is missing where no model is ready', async () => {
    const plain = await server.start({ LLM_RUNTIME: tmpdir() })
    const { page, findings } = await browser.open(plain, { locale: 'zh-CN' })
    await page.locator('#tab-chat').click()
    await page.getByText(CHINESE.chat.noneReady).waitFor()
    expect(await page.locator('#panel-chat').textContent()).toContain('node scripts/install-llm-runtime.mjs')
    expect(await page.locator('#panel-chat').textContent()).not.toContain(tmpdir())
    expect(await findings('#panel-chat')).toEqual([])
  })
})
