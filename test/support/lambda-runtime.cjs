/**
 * Plays AWS Lambda in a process of its own: loads the door named by the first argument, calls its handler with the
 * events that arrive in one message, and sends back each outcome with every touch of the disk, of a module and of a
 * native library during the call.
 */
const fs = require('node:fs')
const Module = require('node:module')

let touches = []

/** Notes each call of `owner[name]` before it is made. */
function watch(owner, name, describe) {
  const original = owner[name]
  if (typeof original !== 'function' || /^[A-Z_]/.test(name.replace(/^_load$/, 'load'))) return
  owner[name] = function (...parts) {
    touches.push(describe(parts))
    return Reflect.apply(original, this, parts)
  }
}

for (const owner of [fs, fs.promises]) {
  for (const name of Object.keys(owner)) watch(owner, name, ([path]) => `${name} ${path}`)
}
watch(Module, '_load', ([request]) => `require ${request}`)
watch(process, 'dlopen', ([, path]) => `dlopen ${path}`)

function takeTouches() {
  const taken = touches
  touches = []
  return taken
}

async function invoke(handler, event, index) {
  takeTouches()
  const context = { awsRequestId: `invocation-${index}`, getRemainingTimeInMillis: () => 10_000 }
  try {
    return { result: await handler(event, context), touches: takeTouches() }
  } catch ({ name, message }) {
    return { error: { name, message }, touches: takeTouches() }
  }
}

process.once('message', async (events) => {
  const { handler } = await import(process.argv[2])
  const starting = takeTouches()
  const outcomes = []
  for (const [index, event] of events.entries()) outcomes.push(await invoke(handler, event, index))
  const webClasses = process.moduleLoadList.some((name) => name.endsWith('internal/deps/undici/undici'))
  process.send({ starting, outcomes, webClasses }, () => process.disconnect())
})
