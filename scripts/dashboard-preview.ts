import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { dashboardBody } from './dashboard/dashboard.ts'
import { runLoad } from './dashboard/preview/load.ts'
import { pageSize, renderPage } from './dashboard/preview/page.ts'
import type { Grid } from './dashboard/preview/points.ts'
import { fillIn } from './dashboard/widgets.ts'
import { parametersFor, readDefaults } from './deploy/defaults.ts'
import { readParameters } from './deploy/parameters.ts'

const USAGE = `npm run dashboard:preview -- [option …]
  --seconds 24      how long to send requests
  --model jobs-static
                    the model of the charts of one model: bert-int8 and others of test/fixtures/models, too
  --out .cache/dashboard
Renders the dashboard from a load on this machine as a page, and as an image where there is Chromium.`
const PERIODS = 48
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

async function preview(seconds: number, model: string, out: string): Promise<void> {
  const names = {
    embed: 'embeddings-dev-embed',
    match: 'embeddings-dev-match',
    batch: 'embeddings-dev-batch',
  }
  const parameters = readParameters(
    parametersFor(readDefaults(readFileSync('serverless.yml', 'utf8')), 'dev', { defaultModel: model }),
  )
  const filled = fillIn(JSON.stringify(dashboardBody({ service: 'embeddings', stage: 'dev', parameters })), {
    EmbedLambdaFunction: names.embed,
    MatchLambdaFunction: names.match,
    BatchLambdaFunction: names.batch,
  })
  const body = JSON.parse(filled) as ReturnType<typeof dashboardBody>
  const start = Date.now()
  const points = await runLoad({ root: resolve('.'), seconds, names })
  const grid: Grid = { start, seconds: seconds / PERIODS, count: PERIODS }
  mkdirSync(out, { recursive: true })
  const page = resolve(out, 'dashboard.html')
  writeFileSync(page, renderPage(body, points, grid))
  console.log(`${points.length} values were measured in ${seconds} s. The dashboard is in ${page}.`)
  photograph(page, join(out, 'dashboard.png'), pageSize(body))
}

function photograph(page: string, image: string, { width, height }: { width: number; height: number }): void {
  const browser = BROWSERS.find((path) => existsSync(path))
  if (!browser) {
    console.log('There is no Chromium on this machine, so no image was made; open the page in a browser.')
    return
  }
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars']
  const { status, stderr } = spawnSync(
    browser,
    [...flags, `--window-size=${width},${height}`, `--screenshot=${resolve(image)}`, `file://${page}`],
    { encoding: 'utf8' },
  )
  if (status !== 0 || !existsSync(image)) throw new Error(`Chromium made no image: ${stderr}`)
  console.log(`Its image is in ${resolve(image)}.`)
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '24' },
    model: { type: 'string', default: 'jobs-static' },
    out: { type: 'string', default: '.cache/dashboard' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(USAGE)
else await preview(Number(values.seconds), values.model, values.out)
