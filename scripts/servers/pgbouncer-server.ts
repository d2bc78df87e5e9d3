import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'

const folder = resolve('.cache/pgbouncer')

/** Why there is no PgBouncer to test with; `undefined` when there is one. */
export const absentPooler = existsSync(join(folder, 'stamp'))
  ? undefined
  : 'run npm run test:postgres, which unpacks PgBouncer where Debian packages can be had'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

/**
 * Starts PgBouncer on a free port before the PostgreSQL at `port`; stop it when done.
 *
 * @param password of the user `keeper`
 * @param settings lines of its file, such as `pool_mode=transaction`
 */
export async function startPgBouncer(port: number, password: string, settings: readonly string[]) {
  const home = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  const own = await freePort()
  const lines = [
    ...['[databases]', `* = host=127.0.0.1 port=${port}`, '[pgbouncer]', 'unix_socket_dir='],
    ...['listen_addr=127.0.0.1', `listen_port=${own}`, 'auth_type=scram-sha-256', 'auth_file=users.txt'],
    ...settings,
  ]
  writeFileSync(join(home, 'users.txt'), `"keeper" "${password}"\n`)
  writeFileSync(join(home, 'pgbouncer.ini'), lines.join('\n'))
  if (isRoot)
    for (const name of ['', 'users.txt', 'pgbouncer.ini']) chownSync(join(home, name), NOBODY, NOBODY)
  const libraries = join(folder, 'usr', 'lib')
  const paths = readdirSync(libraries).map((name) => join(libraries, name))
  const child = spawn(join(folder, 'usr', 'sbin', 'pgbouncer'), ['pgbouncer.ini'], {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: home,
    stdio: 'ignore',
    env: { LD_LIBRARY_PATH: paths.join(':') },
  })
  while (!(await answers(own))) {
    if (child.exitCode !== null)
      throw new Error(`PgBouncer ended with ${child.exitCode} instead of starting.`)
    await sleep(20)
  }
  return {
    /** As `COLLECTIONS` has it. */
    place: (user = 'keeper', database = 'postgres') =>
      `postgres://${user}@127.0.0.1:${own}/${database}?sslmode=disable`,
    async stop() {
      const closed = once(child, 'close')
      child.kill()
      await closed
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    const end = (open: boolean) => {
      socket.destroy()
      done(open)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
