import { connect, type Socket } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { eventually } from './eventually.ts'

/** A connection that keeps what it hears, until the test is over. */
export async function dial(
  url: string,
): Promise<{ socket: Socket; heard: () => string; isClosed: () => boolean }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  let heard = ''
  let closed = false
  socket.on('data', (bytes) => {
    heard += String(bytes)
  })
  socket
    .on('error', () => {})
    .on('close', () => {
      closed = true
    })
  await eventually(() => expect(socket.readyState).toBe('open'))
  return { socket, heard: () => heard, isClosed: () => closed }
}
