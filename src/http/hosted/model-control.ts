import { linkContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { nativeDialect } from '../errors.ts'
import { describeOneModel } from '../native.ts'
import type { Call, Route, RouteParts } from '../route.ts'
import { modelDocumentation } from './documentation.ts'

/** How long an unload waits for the jobs that have the model. */
const MOST_WAIT_MS = 10_000
const STILL_USED = new AppError('overloaded', 'The model is in use.')

/** Routes that have a model in memory before it is asked for, or out of it. */
export function modelControlRoutes(parts: Pick<RouteParts, 'catalog' | 'engine'>): Route[] {
  const { catalog, engine } = parts
  const control = (verb: 'load' | 'unload', act: (model: string, call: Call) => Promise<void>): Route => ({
    method: 'POST',
    path: `/models/:model/${verb}`,
    guarded: true,
    takes: 'nothing',
    dialect: nativeDialect,
    documentation: modelDocumentation[`POST /models/:model/${verb}`]!,
    async answer(_, call) {
      const { id } = catalog.resolve(call.params.model!)
      await act(id, call)
      return { body: { model: await describeOneModel(catalog, engine, id) } }
    },
  })
  return [
    control('load', (model, { context }) => engine.preload([model], context)),
    control('unload', async (model, { context }) => {
      const linked = linkContext(context)
      const timer = setTimeout(() => linked.abort(STILL_USED), MOST_WAIT_MS)
      try {
        await engine.unload?.(model, linked.context)
      } finally {
        clearTimeout(timer)
        linked.unlink()
      }
    }),
  ]
}
