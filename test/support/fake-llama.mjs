/**
 * A process that speaks as the one with llama.cpp does, and does what the last message says: `crash`, `fail`, `slow`,
 * `stuck`, or answers with the words of the message.
 */
const stopped = new Set()

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  if (message.kind === 'stop') stopped.add(message.id)
  else if (message.kind === 'load') load(message.load)
  else answer(message.id, message.question)
})

/** Neither answers nor ends, whatever it is told. */
const stick = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)

function load({ model, contextTokens }) {
  if (model === 'ends') process.exit(3)
  if (model === 'stuck') stick()
  if (model === 'refused') {
    const error = { code: 'artifact_corrupt', message: 'It is damaged.', details: {}, retryable: false }
    process.send({ kind: 'unready', error })
  } else process.send({ kind: 'ready', contextTokens })
}

async function answer(id, question) {
  const { content } = question.messages.at(-1)
  if (content === 'crash') process.kill(process.pid, 'SIGSEGV')
  if (content === 'stuck') stick()
  const say = (part) => process.send({ kind: 'part', id, part })
  const words =
    content === 'slow' ? Array.from({ length: 10_000 }, (_, place) => `${place} `) : content.split(/(?= )/)
  for (const text of words) {
    if (stopped.has(id)) return process.send({ kind: 'end', id })
    say({ kind: 'text', text })
    if (content === 'slow') await new Promise((resolve) => setTimeout(resolve, 10))
  }
  if (content === 'fail') {
    const error = { code: 'inference_failed', message: 'NaN.', details: {}, retryable: false }
    return process.send({ kind: 'end', id, error })
  }
  const usage = { promptTokens: 1, generatedTokens: words.length, pid: process.pid }
  say({ kind: 'finish', reason: 'stop', usage })
  process.send({ kind: 'end', id })
}
