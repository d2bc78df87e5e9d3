import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '../../servers/free-port.ts'

/** A haproxy in front of servers that come and go. */
export interface ServerProxy {
  readonly url: string
  /** Sends requests to the server at `port` from now on, once it is ready, in place `slot` from 1. */
  add(slot: number, port: number): Promise<void>
  /** Sends it no more requests; those under way go on. */
  drain(slot: number): Promise<void>
  close(): void
}

/** Whether Debian's package is there. */
export function hasHaproxy(): boolean {
  return spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status === 0
}

/** Starts haproxy with so many places for servers: least connections first, `/ready` asked each second. */
export async function startProxy(slots: number): Promise<ServerProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'scale-'))
  const port = await freePort()
  const [configuration, socket] = [join(folder, 'haproxy.cfg'), join(folder, 'admin.sock')]
  writeFileSync(configuration, configurationOf(port, socket, slots))
  const child = spawn('haproxy', ['-q', '-db', '-f', configuration], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const tell = async (command: string) => {
    const connection = connect(socket)
    connection.end(`${command}\n`)
    return text(connection)
  }
  for (let tries = 0; !(await tell('show info').catch(() => '')); tries++) {
    if (tries > 100 || child.exitCode !== null) throw new Error('haproxy did not start.')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async add(slot, serverPort) {
      await tell(`set server app/s${slot} addr 127.0.0.1 port ${serverPort}`)
      await tell(`set server app/s${slot} state ready`)
      await tell(`enable health app/s${slot}`)
    },
    drain: async (slot) => void (await tell(`set server app/s${slot} state maint`)),
    close() {
      child.kill()
      rmSync(folder, { recursive: true })
    },
  }
}

function configurationOf(port: number, socket: string, slots: number): string {
  return `global
  maxconn 4000
  stats socket ${socket} level admin
defaults
  mode http
  timeout connect 5s
  timeout client 75s
  timeout server 75s
  option redispatch
frontend in
  bind 127.0.0.1:${port}
  default_backend app
backend app
  balance leastconn
  option httpchk
  http-check send meth GET uri /ready ver HTTP/1.1 hdr Host app
  default-server check inter 1s fall 1 rise 1
  server-template s 1-${slots} 127.0.0.1:1 disabled
`
}
