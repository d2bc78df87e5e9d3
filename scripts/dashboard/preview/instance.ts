import { createApp } from '../../../src/app.ts'
import { type Config, readConfig } from '../../../src/config.ts'
import { createEmfWriter } from '../../../src/emf.ts'
import { createLambdaHandler, type LambdaHandler } from '../../../src/lambda/handler.ts'

/** A Lambda door in this process, as one instance of a function. */
export interface Instance {
  readonly handler: LambdaHandler
  /** Ends it; the next one begins cold. */
  close(): Promise<void>
}

/** An instance that writes its metrics under the name of a function. */
export function startInstance(config: Config, functionName: string): Instance {
  const app = createApp(config)
  const handler = createLambdaHandler({ http: app.http, writeMetrics: createEmfWriter(functionName) })
  return { handler, close: () => app.close() }
}

/** Where the models of a run are, and how much memory they may take. */
export interface Settings {
  /** The folder that holds `layers/`. */
  readonly root: string
  readonly catalog: string
  readonly cache: string
  readonly hub: string
}

/** Memory for the bundled model and a few small ones, so that some have to leave. */
const BUDGET_BYTES = 32_000_000

/** The configuration of an instance with one processor. */
export function configOf({ root, catalog, cache, hub }: Settings): Config {
  const environment = {
    MODEL_SOURCES: `${root}/layers/models,hf:`,
    MODEL_CATALOG: catalog,
    MODEL_CACHE: cache,
    HF_ENDPOINT: hub,
    MODEL_BUDGET_BYTES: String(BUDGET_BYTES),
    THREADS: '1',
  }
  return readConfig(environment, { memoryBytes: 1769 * 1024 ** 2, processors: 1, root })
}

/** A request as an HTTP API hands it on. */
export function eventOf(path: string, body: object, requestId: string, arrivedAt: number): object {
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', host: 'preview' },
    requestContext: { requestId, stage: '$default', timeEpoch: arrivedAt, http: { method: 'POST', path } },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  }
}

/** Runs `work` and takes what it writes to standard output, a line at a time. */
export async function takingOutput(work: () => Promise<void>): Promise<string[]> {
  const written: string[] = []
  const { write, error } = { write: process.stdout.write, error: console.error }
  process.stdout.write = (text: string | Uint8Array) => written.push(String(text)) > 0
  // Failures are part of the load; their log is not what is looked at.
  console.error = () => {}
  try {
    await work()
  } finally {
    Object.assign(process.stdout, { write })
    console.error = error
  }
  return written.join('').split('\n').slice(0, -1)
}
