import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { because } from '../../support/because.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Whether this machine has Debian's Chromium, or the one of CHROMIUM. */
export const hasChromium = existsSync(CHROMIUM)
/** Why tests in it are skipped, as the end of a title; empty where they are not. */
export const reason = because(
  !hasChromium && `no ${CHROMIUM}; run "npm run test:page", or name one in CHROMIUM`,
)

/** The program that looks for what people with a screen reader or weak eyes cannot use. */
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** A page that was opened, and what went wrong in it so far. */
export interface OpenPage {
  readonly page: Page
  /** Console errors, exceptions, and requests to other hosts, as sentences. */
  readonly faults: readonly string[]
  /** Serious and critical findings of axe-core below an element, as `rule: selector`. */
  findings(selector?: string): Promise<string[]>
}

/** A Chromium with a new profile; a busy machine may take its time. */
export async function startBrowser() {
  const quiet = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map(
    (part) => `--disable-${part}`,
  )
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--no-first-run', ...quiet],
    timeout: 120_000,
  })
  return {
    /** Opens the page at an address. */
    async open(url: string, options: BrowserContextOptions): Promise<OpenPage> {
      const context = await browser.newContext(options)
      context.setDefaultTimeout(120_000)
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`)
      })
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(`${url}/`)) {
          faults.push(`a request to ${request.url()}`)
        }
      })
      await page.goto(`${url}/`)
      return { page, faults, findings: (selector) => findingsOf(page, selector) }
    },
    close: () => browser.close(),
  }
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly target: readonly string[] }[]
  }[]
}

async function findingsOf(page: Page, selector = 'html'): Promise<string[]> {
  // Sent by the debugger, which the page's policy does not concern.
  await page.evaluate(readFileSync(AXE, 'utf8'))
  const { violations } = await page.evaluate<AxeResult>(`axe.run(${JSON.stringify(selector)})`)
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}
