import {
  type Context,
  createContext,
  linkContext,
  outOfTime,
  throwIfDone,
  withinContext,
} from '../../context.ts'

/** Work that is under way once, however many wait for it. */
interface Flights<T> {
  /**
   * The outcome of `work`, which is started unless it is under way for the same key. Whoever's context ends leaves
   * with `deadline_exceeded`; when nobody waits any more, the context of the work ends too. A failure is forgotten.
   */
  join(key: string, context: Context, work: (context: Context) => Promise<T>): Promise<T>
}

interface Flight<T> {
  readonly outcome: Promise<T>
  passengers: number
  end(): void
}

/** No work under way. */
export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>()
  const forget = (key: string, flight: Flight<T>) => {
    if (flights.get(key) === flight) flights.delete(key)
  }
  const start = (key: string, context: Context, work: (context: Context) => Promise<T>) => {
    const own = createContext({ requestId: context.requestId, metrics: context.metrics })
    const linked = linkContext(own)
    const outcome = work(linked.context)
    const flight = { outcome, passengers: 0, end: () => linked.abort(outOfTime(own)) }
    const landed = () => forget(key, flight)
    outcome.then(landed, landed)
    flights.set(key, flight)
    return flight
  }

  return {
    async join(key, context, work) {
      throwIfDone(context)
      const flight = flights.get(key) ?? start(key, context, work)
      flight.passengers++
      try {
        return await withinContext(context, flight.outcome)
      } finally {
        flight.passengers--
        if (flight.passengers === 0) {
          forget(key, flight)
          flight.end()
        }
      }
    },
  }
}
