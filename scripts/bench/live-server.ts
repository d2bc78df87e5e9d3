import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The Node server in a process of its own. */
interface LiveServer {
  readonly url: string
  /** Processor seconds of all its threads since it started; NaN where the system does not tell (only Linux does). */
  cpuSeconds(): number
  stop(): void
}

/** Starts a server's program on a free port of this machine. */
export async function startServerProgram(
  program: string,
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): Promise<LiveServer> {
  const child = spawn(process.execPath, [program, ...args], {
    // What it logs of refused requests would be most of what one reads here.
    stdio: ['ignore', 'pipe', process.env.DEBUG ? 'inherit' : 'ignore'],
    env: { ...env, PORT: '0', HOST: '127.0.0.1' },
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => reject(new Error(`The server ended with ${code}.`)))
    child.stdout.on('data', (data: Buffer) => {
      const found = /http:\/\/[\w.:]+/.exec(data.toString('latin1'))
      if (found) resolve(found[0])
    })
  })
  return {
    url,
    cpuSeconds: () => cpuSecondsOf(child.pid),
    stop: () => void child.removeAllListeners('exit').kill(),
  }
}

/** Linux counts in hundredths of a second; the name in brackets may have blanks. */
const TICKS_PER_SECOND = 100

function cpuSecondsOf(pid: number | undefined): number {
  if (process.platform !== 'linux' || pid === undefined) return Number.NaN
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
