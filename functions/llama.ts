import { openLlama } from '../src/models/generate/llama/llama-runtime.ts'
import type { ToLlama } from '../src/models/generate/llama/messages.ts'
import { serveLlama } from '../src/models/generate/llama/serve.ts'

/** The door of a process that runs llama.cpp: it ends with the server that started it. */
process.on('disconnect', () => process.exit(0))
serveLlama(
  {
    send: (message) => process.send?.(message),
    listen: (receive) => process.on('message', (message: ToLlama) => receive(message)),
  },
  openLlama,
)
