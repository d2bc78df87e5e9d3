import { spawn } from 'node:child_process'

/** The Node server in a process of its own. */
interface LiveServer {
  readonly url: string
  stop(): void
}

/** Starts the server's program on a free port of this machine. */
export async function startServerProgram(
  program: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LiveServer> {
  const child = spawn(process.execPath, [program], {
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
  return { url, stop: () => void child.removeAllListeners('exit').kill() }
}
