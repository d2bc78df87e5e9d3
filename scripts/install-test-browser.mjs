/**
 * Installs what `npm run test:page` needs, where Debian's packages can be had: Chromium, and the fonts of the pictures in
 * docs/images. Does nothing when they are there; says so and ends well where they cannot be had: the tests are skipped.
 */
// Before anything else: --help installs nothing.
import './help.mjs'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const HAN_FONT = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'

if (!existsSync(CHROMIUM) || !existsSync(HAN_FONT)) install()

function install() {
  console.log('Installing chromium and fonts-noto-cjk for the tests of the page')
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const apt = (...options) =>
    spawnSync([...asRoot, 'apt-get'][0], [...asRoot, 'apt-get', ...options].slice(1), {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  const packages = ['chromium', 'fonts-noto-cjk']
  if (apt('update', '-q') && apt('install', '-y', '-q', '--no-install-recommends', ...packages)) return
  console.warn(
    'SKIPPED: Chromium is not installed, and the tests of the page skipped: apt-get could not bring it.',
  )
}
