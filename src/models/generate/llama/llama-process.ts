import { type ChildProcess, fork } from 'node:child_process'
import { AppError } from '../../../errors.ts'
import { type FromLlama, type LoadModel, receiveError, type ToLlama } from './messages.ts'

/** A process that has a model loaded. */
export interface RunningLlama {
  readonly contextTokens: number
  /**
   * Hears what the process says from now on; and `error` once, when it has ended.
   *
   * @returns stops hearing
   */
  hear(listener: { message(message: FromLlama): void; ended(error: AppError): void }): () => void
  send(message: ToLlama): void
  /** Ends it at once, without waiting for native code. */
  kill(): void
}

/** The process of one model, which is started when it is needed. */
interface LlamaProcess {
  /**
   * The process with the model loaded; a new one when the last has ended.
   *
   * @throws AppError what loading failed with, `inference_failed` for a program that ends while it loads, `overloaded`
   * after too many ends in a short time
   */
  running(): Promise<RunningLlama>
  close(): void
}

/** A model that ends its process for every prompt is not loaded over and over. */
const MOST_ENDS = 3
const WINDOW_MS = 60_000
/** 5 GB are hashed and read in a minute, from a slow disk in five; a process that takes longer is stuck, and ended. */
const LOADING_MS = 600_000

/**
 * @param program what runs, as it was built
 * @param limits for tests: a clock of milliseconds, and how long loading may take
 */
export function createLlamaProcess(
  program: string,
  load: LoadModel,
  {
    now = Date.now,
    loadingMs = LOADING_MS,
  }: { readonly now?: () => number; readonly loadingMs?: number } = {},
): LlamaProcess {
  let ends: number[] = []
  let running: Promise<RunningLlama> | undefined
  let child: ChildProcess | undefined
  let closed = false

  const start = () => {
    ends = ends.filter((time) => time > now() - WINDOW_MS)
    if (ends.length >= MOST_ENDS) throw endsTooOften(load.model, ends[0]! + WINDOW_MS - now())
    const started = fork(program, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child = started
    const ended = () => {
      if (child !== started) return
      child = undefined
      running = undefined
      if (!closed) ends.push(now())
    }
    started.once('exit', ended)
    started.once('error', ended)
    return loaded(started, load, loadingMs)
  }
  return {
    async running() {
      if (closed) throw new AppError('internal', `Model ${load.model} was closed.`)
      running ??= start()
      const own = running
      // What could not be loaded is tried again with the next request: its file may have come meanwhile.
      own.catch(() => {
        if (running !== own) return
        running = undefined
        const refused = child
        child = undefined
        refused?.kill('SIGKILL')
      })
      return own
    },
    close() {
      closed = true
      child?.kill('SIGKILL')
    },
  }
}

function loaded(child: ChildProcess, load: LoadModel, loadingMs: number): Promise<RunningLlama> {
  const listeners = new Set<Parameters<RunningLlama['hear']>[0]>()
  return new Promise<RunningLlama>((resolve, reject) => {
    const timer = setTimeout(() => reject(stuck(load.model, loadingMs)), loadingMs)
    const ended = (what: string, cause?: unknown) => {
      const error = endedEarly(load.model, what, cause)
      clearTimeout(timer)
      reject(error)
      for (const { ended: tell } of [...listeners]) tell(error)
    }
    child.once('exit', (code, signal) =>
      ended(signal ? `with the signal ${signal}` : `with the code ${code}`),
    )
    child.once('error', (cause) => ended('before it began', cause))
    child.on('message', (message: FromLlama) => {
      if (message.kind === 'unready' || message.kind === 'ready') clearTimeout(timer)
      if (message.kind === 'unready') reject(receiveError(message.error))
      else if (message.kind === 'ready') {
        resolve({
          contextTokens: message.contextTokens,
          send: (told) => void (child.connected && child.send(told)),
          kill: () => void child.kill('SIGKILL'),
          hear(listener) {
            listeners.add(listener)
            return () => listeners.delete(listener)
          },
        })
      } else for (const listener of [...listeners]) listener.message(message)
    })
    child.send({ kind: 'load', load } satisfies ToLlama, (error) => void (error && reject(error)))
  })
}

function endedEarly(model: string, what: string, cause: unknown): AppError {
  return new AppError(
    'inference_failed',
    `The process that runs model ${model} ended ${what}; the next request starts another. Look into the log, and whether there was memory left.`,
    { details: { model }, cause, retryable: true },
  )
}

function stuck(model: string, loadingMs: number): AppError {
  return new AppError(
    'inference_failed',
    `The process that runs model ${model} had not loaded it after ${loadingMs / 1000} s, and was ended; the next request starts another. Look whether its disk answers.`,
    { details: { model }, retryable: true },
  )
}

function endsTooOften(model: string, waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new AppError(
    'overloaded',
    `The process that runs model ${model} ended ${MOST_ENDS} times within a minute, so it rests for ${retryAfterSeconds} s; look into the log.`,
    { details: { model, retryAfterSeconds } },
  )
}
