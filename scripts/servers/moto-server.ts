import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'

/** moto at work: many services of AWS at one address. */
interface MotoServer {
  readonly endpoint: string
  close(): void
}

const START_MS = 60_000
const root = join(import.meta.dirname, '..', '..')

/** The first Python that can import these modules: of an environment below `.cache`, else the machine's; none otherwise. */
export function pythonWith(environment: string, modules: string): string | undefined {
  const installed = join(root, '.cache', environment, 'bin', 'python')
  return [installed, 'python3'].find((python) => {
    if (python === installed && !existsSync(installed)) return false
    return spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0
  })
}

/**
 * Starts moto on a free port of this machine.
 *
 * @param more variables of its environment
 */
export async function startMoto(
  python: string,
  more: Readonly<Record<string, string>> = {},
): Promise<MotoServer> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const child = spawn(python, [join(import.meta.dirname, 'moto-server.py')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', MOTO_PORT: String(port) },
      ...more,
    },
  })
  for (const end = Date.now() + START_MS; ; await sleep(200)) {
    if (await fetch(`${endpoint}/moto-api/`).catch(() => undefined)) break
    if (Date.now() > end || child.exitCode !== null) throw new Error(`moto does not answer at ${endpoint}.`)
  }
  return { endpoint, close: () => void child.kill('SIGKILL') }
}
