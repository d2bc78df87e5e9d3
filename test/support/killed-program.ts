import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** When a program is killed: so many lines and milliseconds after its start. */
export interface Kill {
  readonly lines: number
  readonly milliseconds: number
}

/** Runs a program with a task, kills it by SIGKILL unless it ends before, and answers what it has said. */
export async function runKilled(
  program: string,
  task: object,
  { lines, milliseconds }: Kill,
): Promise<string> {
  const child = spawn(process.execPath, [program, JSON.stringify(task)], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
    if (said.split('\n').length > lines) setTimeout(() => child.kill('SIGKILL'), milliseconds)
  })
  await once(child, 'close')
  return said
}

/** The first ids of the changes that a writer confirmed, of what it said. */
export function confirmedIn(said: string): number[] {
  return [...said.matchAll(/^done (\d+)$/gm)].map(([, first]) => Number(first))
}
