import { type Context, withinContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Generator } from '../../models/generate/generator.ts'

/** As much of a manifest as is needed to keep its model open. */
export interface OpenableModel {
  readonly id: string
  /** `remote` takes no memory here. */
  readonly runtime: string
}

/** Language models that are open, those of this machine few at a time. */
export interface OpenGenerators<Model extends OpenableModel> {
  /**
   * Does `work` with the model, which is not closed meanwhile.
   *
   * @throws AppError `overloaded` when the models that may be open are all at work, `deadline_exceeded` when the context
   * ends before the model is open, and as opening it does
   */
  use<T>(
    model: Model,
    context: Context,
    work: (generator: Generator) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, void>
  /** Answers that are being made or wait to be, by model. */
  inProgress(): ReadonlyMap<string, number>
  /** Closes all of them; answers in progress fail. */
  close(): Promise<void>
}

interface Held {
  readonly opened: Promise<Generator>
  readonly local: boolean
  users: number
}

/**
 * Opens each model with its first user. Of models of this machine, `mostLocal` are open at a time: one that nobody uses
 * is closed for the next, the one that was used longest ago first.
 */
export function createOpenGenerators<Model extends OpenableModel>({
  open,
  mostLocal,
}: {
  readonly open: (model: Model) => Promise<Generator>
  readonly mostLocal: number
}): OpenGenerators<Model> {
  /** In the order of their last use. */
  const held = new Map<string, Held>()
  const closeHeld = async ({ opened }: Held) => (await opened.catch(() => undefined))?.close()
  const makeRoom = (): Promise<unknown> => {
    const local = [...held].filter(([, entry]) => entry.local)
    if (local.length < mostLocal) return Promise.resolve()
    const idle = local.find(([, { users }]) => users === 0)
    if (!idle) throw allAtWork(local.map(([id]) => id))
    held.delete(idle[0])
    return closeHeld(idle[1])
  }
  const hold = (model: Model): Held => {
    const { id } = model
    const known = held.get(id)
    const local = model.runtime !== 'remote'
    const room = known || !local ? undefined : makeRoom()
    const entry = known ?? { opened: Promise.resolve(room).then(() => open(model)), local, users: 0 }
    held.delete(id)
    held.set(id, entry)
    entry.opened.catch(() => {
      if (held.get(id) === entry) held.delete(id)
    })
    entry.users += 1
    return entry
  }
  return {
    async *use(model, context, work) {
      const entry = hold(model)
      try {
        yield* work(await withinContext(context, entry.opened))
      } finally {
        entry.users -= 1
      }
    },
    inProgress: () => new Map([...held].map(([id, { users }]) => [id, users])),
    async close() {
      const all = [...held.values()]
      held.clear()
      await Promise.all(all.map(closeHeld))
    },
  }
}

function allAtWork(ids: readonly string[]): AppError {
  return new AppError(
    'overloaded',
    `The language model ${ids.join(', ')} is at work, and there is room for no other; try again later, or ask for that one.`,
  )
}
