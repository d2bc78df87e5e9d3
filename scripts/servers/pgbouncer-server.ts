import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from './free-port.ts'
import { asNobody, giveToNobody, placeAt, waitForPort } from './own-program.ts'

const folder = resolve('.cache/pgbouncer')

/** Why there is no PgBouncer to test with; `undefined` when there is one. */
export const absentPooler = existsSync(join(folder, 'stamp'))
  ? undefined
  : 'run npm run test:postgres, which unpacks PgBouncer where Debian packages can be had'

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
  giveToNobody(['', 'users.txt', 'pgbouncer.ini'].map((name) => join(home, name)))
  const libraries = join(folder, 'usr', 'lib')
  const paths = readdirSync(libraries).map((name) => join(libraries, name))
  const child = spawn(join(folder, 'usr', 'sbin', 'pgbouncer'), ['pgbouncer.ini'], {
    ...asNobody,
    cwd: home,
    stdio: 'ignore',
    env: { LD_LIBRARY_PATH: paths.join(':') },
  })
  await waitForPort('PgBouncer', child, own)
  return {
    place: placeAt(own),
    async stop() {
      const closed = once(child, 'close')
      child.kill()
      await closed
      rmSync(home, { recursive: true, force: true })
    },
  }
}
