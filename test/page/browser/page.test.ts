import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHINESE } from '../../../src/page/words/chinese.ts'
import { ENGLISH, type Words } from '../../../src/page/words/english.ts'
import { hasChromium, type OpenPage, reason, startBrowser } from './browser.ts'
import { buildServer } from './server.ts'

/** Pictures are taken where it is asked for: `SCREENSHOTS=docs/images npm run test:page`. */
const pictures = process.env.SCREENSHOTS
if (pictures) mkdirSync(pictures, { recursive: true })

/** `编号,简历`, `1,护士` and `2,会计` as Excel in China writes them. */
const EXCEL_IN_CHINA = Buffer.from('b1e0bac52cbcf2c0fa0d0a312cbba4cabf0d0a322cbbe1bcc60d0a', 'hex')

interface Run {
  readonly name: 'en' | 'zh'
  readonly locale: string
  readonly colorScheme: 'light' | 'dark'
  readonly words: Words
  /** Of the resumes of the sample, the one that has to come first. */
  readonly first: string
}

const RUNS: readonly Run[] = [
  { name: 'en', locale: 'en-US', colorScheme: 'light', words: ENGLISH, first: 'Data engineer' },
  { name: 'zh', locale: 'zh-CN', colorScheme: 'dark', words: CHINESE, first: 'ICU护士' },
]

async function goTo(page: Page, tab: keyof Words['tabs']): Promise<void> {
  await page.locator(`#tab-${tab}`).click()
  await page.locator(`#panel-${tab}`).waitFor()
}

/** The part of the page from an element on. */
async function picture(page: Page, name: string, height: number, from = '.head'): Promise<void> {
  if (!pictures) return
  await page.evaluate('scrollTo(0, 0)')
  const { y } = (await page.locator(from).first().boundingBox())!
  const clip = { x: 0, y, width: 1180, height }
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true, clip })
}

describe.skipIf(!hasChromium)(`the page in Chromium${reason}`, () => {
  const opened = { server: undefined as Awaited<ReturnType<typeof buildServer>> | undefined, url: '' }
  let browser: Awaited<ReturnType<typeof startBrowser>>

  beforeAll(async () => {
    opened.server = await buildServer()
    opened.url = await opened.server.start()
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    opened.server?.stop()
  })

  describe.each(RUNS)(
    'for a browser of $locale, $colorScheme',
    ({ name, locale, colorScheme, words, first }) => {
      let seen: OpenPage
      beforeAll(async () => {
        seen = await browser.open(opened.url, { locale, colorScheme, viewport: { width: 1180, height: 860 } })
      })

      it('speaks its language, and is usable before anything is typed', async () => {
        const { page, findings } = seen
        expect(await page.locator('h1').first().textContent()).toBe(words.match.title)
        expect(await page.locator('html').getAttribute('lang')).toBe(name === 'en' ? 'en' : 'zh-CN')
        expect(await findings()).toEqual([])
      })

      it('ranks the sample in two clicks, with evidence, skills, and who is left out and why', async () => {
        const { page, findings } = seen
        const sample = name === 'en' ? words.sampleEnglish : words.sampleChinese
        await page.getByRole('button', { name: sample }).click()
        await page.getByRole('button', { name: words.match.run }).click()
        await page.locator('.results .card').first().waitFor()
        expect(await page.locator('.results .card').count()).toBe(5)
        expect(await page.locator('.results .card h3').first().textContent()).toBe(first)
        expect(await page.locator('.card .whole mark').count()).toBeGreaterThan(2)
        expect(await page.locator('.card').first().locator('.skill.has').count()).toBeGreaterThan(1)
        expect(await page.locator('.card').first().locator('.skill.lacks').count()).toBe(1)
        expect(await page.locator('.excluded li').textContent()).toMatch(/^R-\d5 .*(is 1, below 2)/)
        expect(await findings('#panel-match')).toEqual([])
        await picture(page, `match.${name}`, 900, '.results')
      })

      it('sets two models beside each other', async () => {
        const { page } = seen
        await page.locator('#match-second').selectOption('jobs-static-2')
        await page.getByRole('button', { name: words.match.run }).click()
        await page.locator('.side-by-side .ranking').nth(1).waitFor()
        expect(await page.locator('.ranking').nth(1).locator('.move').first().getAttribute('title')).toBe(
          words.match.same,
        )
        await page.locator('#match-second').selectOption('')
      })

      it('shows the sentence of the API beside the field, and loses nothing of what was typed', async () => {
        const { page, findings } = seen
        await page.locator('.condition input').fill('senior')
        await page.getByRole('button', { name: words.match.run }).click()
        const sentence = page.locator('#conditions-error')
        expect(await sentence.textContent()).toMatch(/^The field filters\..*min is "senior"; expected/)
        await page.reload()
        expect(await page.locator('.condition input').inputValue()).toBe('senior')
        expect((await page.locator('#job').inputValue()).length).toBeGreaterThan(80)
        expect(await findings('#panel-match')).toEqual([])
        await page.getByRole('button', { name: words.clear }).click()
        expect(await page.locator('#job').inputValue()).toBe('')
        expect(await page.locator('#resumes').inputValue()).toBe('')
      })

      it('reads a dropped file of Excel in China, and says how it was understood', async () => {
        const { page } = seen
        const file = { name: 'jianli.csv', mimeType: 'text/csv', buffer: EXCEL_IN_CHINA }
        await page.locator('#resumes-file').setInputFiles(file)
        await page.locator('.understood').waitFor()
        expect(await page.locator('#resumes').inputValue()).toContain('1,护士')
        expect(await page.locator('#panel-match').textContent()).toContain('GB18030')
        expect(await page.locator('.understood strong').textContent()).toBe(words.match.read(2))
      })

      it('reads several files of text as a resume each, and says why a table must come alone', async () => {
        const { page } = seen
        const text = (name: string, of: string) => ({
          name,
          mimeType: 'text/plain',
          buffer: Buffer.from(of),
        })
        const files = [text('a.md', '# Nurse\n\nI care.'), text('b.txt', 'Cook\n\nI bake.')]
        await page.locator('#resumes-file').setInputFiles(files)
        await page.getByText(words.match.readFrom('b.txt', 'UTF-8')).waitFor()
        expect(await page.locator('.understood strong').textContent()).toBe(words.match.read(2))
        await page.locator('#resumes-file').setInputFiles([...files, text('c.csv', 'id,text\n1,a\n2,b')])
        await page.getByText(words.match.dropAlone('c.csv')).waitFor()
        expect(await page.locator('#resumes').inputValue()).toContain('I bake.')
      })

      it('compares texts: a heat map, a map, and programs to copy', async () => {
        const { page, findings } = seen
        await goTo(page, 'embed')
        await page.locator('#panel-embed').getByRole('button', { name: words.loadSample }).click()
        await page.getByRole('button', { name: words.embed.run }).click()
        await page.locator('.heat tbody tr').first().waitFor()
        expect(await page.locator('.heat tbody td').count()).toBe(64)
        expect(await page.locator('.plane circle').count()).toBe(8)
        await page.getByLabel('Python').check()
        expect(await page.locator('pre code').textContent()).toContain('client.embeddings.create')
        expect(await findings('#panel-embed')).toEqual([])
        await picture(page, `embed.${name}`, 1300)
        await page.locator('#embed-dimensions').fill('7')
        await page.getByRole('button', { name: words.embed.run }).click()
        expect(await page.locator('#embed-dimensions-error').textContent()).toContain('256, 192, 128, 64')
      })

      it('shows the models, and loads and unloads one', async () => {
        const { page, findings } = seen
        await goTo(page, 'models')
        await page.locator('.model').first().waitFor()
        await page.locator('.model summary').first().click()
        await page.getByRole('button', { name: words.modelsTab.unloadOf('jobs-static-2') }).click()
        await page.getByRole('button', { name: words.modelsTab.loadOf('jobs-static-2') }).click()
        await page.getByRole('button', { name: words.modelsTab.unloadOf('jobs-static-2') }).waitFor()
        expect(await findings('#panel-models')).toEqual([])
        await picture(page, `models.${name}`, 1100)
      })

      it('takes a file through a batch: what it is understood as, progress, and the vectors', async () => {
        const { page, findings } = seen
        await goTo(page, 'batch')
        const file = { name: `jianli-${name}.csv`, mimeType: 'text/csv', buffer: EXCEL_IN_CHINA }
        await page.locator('#batch-file').setInputFiles(file)
        await page.locator('.preview .rows').waitFor()
        expect(await page.locator('#batch-charset').textContent()).toContain('gb18030')
        expect(await page.locator('#batch-textColumn').textContent()).toContain('简历')
        expect(await page.locator('.preview .rows tbody tr').count()).toBe(2)
        expect(await findings('#panel-batch')).toEqual([])
        await picture(page, `batch.${name}`, 1000)
        await page.getByRole('button', { name: words.batch.run }).click()
        const card = page.locator('.batch', { hasText: `jianli-${name}.csv` })
        await card.getByText(words.batch.status.completed!, { exact: true }).waitFor()
        const download = page.waitForEvent('download')
        await card.getByRole('button', { name: words.batch.download }).click()
        expect((await download).suggestedFilename()).toBe(`jianli-${name}.vectors.jsonl`)
        expect(await findings('#panel-batch')).toEqual([])
      })

      it('says of files what it leaves out: resumes without text, other files, files without rows', async () => {
        const { page } = seen
        // Conditions of the tests before are about other columns.
        await page.evaluate('sessionStorage.clear()')
        await page.reload()
        await goTo(page, 'match')
        await page
          .locator('#resumes')
          .fill('id,name,text\n1,Ann,A nurse of ten years\n2,Bob,\n3,Cem,An accountant\n')
        await page.getByText(words.match.withoutText(1, '2')).waitFor()
        await page.locator('#job').fill('Nurse for an emergency room')
        await page.getByRole('button', { name: words.match.run }).click()
        await page.locator('.ranking-head', { hasText: words.match.ranked(2, '') }).waitFor()
        expect(await page.locator('.ranking .cards > li').count()).toBe(2)
        await goTo(page, 'batch')
        const fileOf = (name: string, text: string) => ({
          name,
          mimeType: 'text/csv',
          buffer: Buffer.from(text),
        })
        await page.locator('#batch-file').setInputFiles(fileOf('header.csv', 'id,text\n'))
        await page.getByText(words.batch.noRows).waitFor()
        expect(await page.getByRole('button', { name: words.batch.run }).isDisabled()).toBe(true)
      })

      it('renders the routes of the API, which its policy allows', async () => {
        const { page, findings } = seen
        await goTo(page, 'api')
        await page.locator('.opblock').first().waitFor()
        expect(await page.locator('.opblock-summary-path', { hasText: 'match' }).count()).toBeGreaterThan(0)
        expect(await findings('#panel-api')).toEqual([])
      })

      it('is used by the keyboard alone', async () => {
        const { page } = seen
        await page.locator('#tab-api').focus()
        await page.keyboard.press('ArrowRight')
        expect(await page.locator('#tab-match').getAttribute('aria-selected')).toBe('true')
        expect(await page.evaluate('document.activeElement.id')).toBe('tab-match')
        await page.keyboard.press('End')
        expect(await page.locator('#panel-api').isVisible()).toBe(true)
      })

      it('has asked no other host, and written no error but of refused requests', () => {
        expect(
          seen.faults.filter((fault) => !/the server responded with a status of 400/.test(fault)),
        ).toEqual([])
      })
    },
  )

  it('changes its language and its colours where it is asked to, and keeps them', async () => {
    const { page } = await browser.open(opened.url, { locale: 'de-DE', colorScheme: 'light' })
    await page.getByLabel(ENGLISH.language, { exact: true }).selectOption('zh-CN')
    expect(await page.locator('h1').first().textContent()).toBe(CHINESE.match.title)
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const light = await ground()
    await page.getByLabel(CHINESE.theme.label).selectOption('dark')
    expect(await ground()).not.toBe(light)
    await page.reload()
    expect(await page.locator('h1').first().textContent()).toBe(CHINESE.match.title)
    expect(await ground()).not.toBe(light)
  })

  it('fits a phone: nothing is wider than the screen', async () => {
    const { page, findings } = await browser.open(opened.url, {
      locale: 'zh-CN',
      viewport: { width: 375, height: 700 },
    })
    await page.getByRole('button', { name: CHINESE.sampleChinese }).click()
    await page.getByRole('button', { name: CHINESE.match.run }).click()
    await page.locator('.results .card').first().waitFor()
    for (const tab of ['match', 'embed', 'models', 'batch'] as const) {
      await goTo(page, tab)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375)
    }
    expect(await findings('#panel-batch')).toEqual([])
  })

  it('asks for the token of a server that wants one, keeps it for this tab alone, and goes on', async () => {
    const url = await opened.server!.start({ AUTH_TOKEN: 'sesame-open-sesame-open' })
    const { page, findings } = await browser.open(url, { locale: 'en-US' })
    await page.locator('dialog #token').fill('wrong')
    await page.getByRole('button', { name: ENGLISH.token.use }).click()
    await page.locator('#token-error').waitFor()
    expect(await findings('dialog')).toEqual([])
    await page.locator('dialog #token').fill('sesame-open-sesame-open')
    await page.getByRole('button', { name: ENGLISH.token.use }).click()
    await page.locator('dialog').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: ENGLISH.sampleEnglish }).click()
    await page.getByRole('button', { name: ENGLISH.match.run }).click()
    await page.locator('.results .card').first().waitFor()
    expect(await page.evaluate('Object.values(localStorage).join()')).not.toContain('sesame')
    expect(await page.evaluate('sessionStorage.getItem("token")')).toBe('sesame-open-sesame-open')
    await page.getByRole('button', { name: ENGLISH.token.forget }).click()
    expect(await page.evaluate('sessionStorage.getItem("token")')).toBeNull()
  })
})
