import { connect, type Socket } from 'node:net'
import { LostConnection } from './problems.ts'

/** Makes the sockets of one client of the driver. */
interface Dialler {
  /** Lets the client connect once more, and tell the database once to stop. */
  allow(): void
  /** Throws as the network does, {@link LostConnection} for one socket too many. */
  dial(): Promise<Socket>
}

const MOST_DIALS = 2

/**
 * A server that closes what it has just accepted, as a balancer or proxy does with nothing behind it, would be tried 500
 * times a second by the driver (3.4.9) until somebody ends the process; nobody would hear of it.
 */
export function createDialler(host: string, port: number, longestMs: number): Dialler {
  let left = 0
  return {
    allow() {
      left = MOST_DIALS
    },
    async dial() {
      if (left-- <= 0) throw new LostConnection('The connection was closed before it could be used.')
      const socket = connect({ host, port })
      const late = Object.assign(new Error('No connection in time.'), { code: 'CONNECT_TIMEOUT' })
      const timer = setTimeout(() => socket.destroy(late), longestMs)
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve).once('error', reject)
      }).finally(() => clearTimeout(timer))
      return socket.removeAllListeners()
    },
  }
}
