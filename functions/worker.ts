import { parentPort, workerData } from 'node:worker_threads'
import { type EngineSettings, openEngine } from '../src/models/engine/open.ts'
import { serveEngine } from '../src/models/threads/worker.ts'

/** The door of a worker thread: serves an engine to the thread that started it. */
if (parentPort) serveEngine(parentPort, openEngine(workerData as EngineSettings))
