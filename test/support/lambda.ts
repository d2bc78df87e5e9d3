import { fork } from 'node:child_process'
import { join } from 'node:path'

/** What one invocation came to, and the disk, modules and native libraries that it touched. */
interface Outcome {
  readonly result?: { statusCode: number; body: string; headers: Record<string, string> }
  readonly error?: { readonly name: string; readonly message: string }
  readonly touches: readonly string[]
}

/** One life of a Lambda process. */
interface Life {
  /** What loading the door touched. */
  readonly starting: readonly string[]
  readonly outcomes: readonly Outcome[]
  /** Whether Node had to load its own web classes. */
  readonly webClasses: boolean
  /** Documents that it wrote to standard output, one a line. */
  readonly documents: readonly Record<string, unknown>[]
}

/** Loads the door at `path` in a new process and sends it events one after another. */
export function runLambda(
  path: string,
  environment: Record<string, string>,
  events: unknown[],
): Promise<Life> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, ...environment }
    const child = fork(join(import.meta.dirname, 'lambda-runtime.cjs'), [path], {
      silent: true,
      env,
      execArgv: [],
    })
    const [output, errors]: [string[], string[]] = [[], []]
    let life: Omit<Life, 'documents'> | undefined
    child.stdout!.on('data', (text) => output.push(String(text)))
    child.stderr!.on('data', (text) => errors.push(String(text)))
    child.on('message', (message: Omit<Life, 'documents'>) => {
      life = message
    })
    child.on('close', () => {
      const lines = output.join('').split('\n').slice(0, -1)
      if (life) resolve({ ...life, documents: lines.map((line) => JSON.parse(line)) })
      else reject(new Error(errors.join('')))
    })
    child.send(events)
  })
}
