import type { ChildProcess } from 'node:child_process'
import { chownSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

/** How a program is started that refuses to run as root: as nobody where we are root. */
export const asNobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

/** Lets such a program have these paths. */
export function giveToNobody(paths: readonly string[]): void {
  if (isRoot) for (const path of paths) chownSync(path, NOBODY, NOBODY)
}

/**
 * Waits until a program takes connections.
 *
 * @throws Error when it ends instead
 */
export async function waitForPort(name: string, child: ChildProcess, port: number): Promise<void> {
  while (child.exitCode === null) {
    if (await answers(port)) return
    await sleep(20)
  }
  throw new Error(`${name} ended with ${child.exitCode} instead of starting.`)
}

/** The address that `COLLECTIONS` has for a database of this machine. */
export function placeAt(port: number) {
  return (user = 'keeper', database = 'postgres') =>
    `postgres://${user}@127.0.0.1:${port}/${database}?sslmode=disable`
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
