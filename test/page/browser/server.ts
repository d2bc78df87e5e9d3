import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPage } from '../../../scripts/build-page.ts'
import { bundleAllDoors } from '../../support/bundles.ts'
import { shippedFolder } from '../../support/shipped-model.ts'

const root = join(import.meta.dirname, '../../..')

/** Builds the server with its page, and starts it as users do, as often as it is asked, with settings of its own. */
export async function buildServer() {
  const doors = await bundleAllDoors()
  await buildPage(root, doors.path('page'))
  const files = mkdtempSync(join(tmpdir(), 'page-files-'))
  const children: ReturnType<typeof spawn>[] = []
  return {
    /** The address of a new server. */
    async start(more: Record<string, string> = {}): Promise<string> {
      const folder = mkdtempSync(join(files, 'server-'))
      const own = { PORT: '0', THREADS: '1', MODEL_SOURCES: shippedFolder, FILES: folder }
      const child = spawn(process.execPath, [doors.path('server.js')], {
        env: { PATH: process.env.PATH, ...own, ...more },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      const [line] = await once(child.stdout!, 'data')
      return /http:\/\/[\d.:]+/.exec(String(line))![0]
    },
    stop() {
      for (const child of children) child.kill('SIGKILL')
      rmSync(files, { recursive: true, force: true })
      doors.remove()
    },
  }
}
