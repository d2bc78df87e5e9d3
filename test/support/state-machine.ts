/** A state of a definition in Amazon States Language, as far as this project uses it. */
interface State {
  readonly Type: string
  readonly Next?: string
  readonly End?: boolean
  readonly Parameters?: unknown
  readonly ResultSelector?: unknown
  readonly ResultPath?: string | null
  readonly OutputPath?: string
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[]
  readonly Catch?: readonly { readonly ResultPath: string; readonly Next: string }[]
  readonly Error?: string
  readonly Choices?: readonly {
    readonly Variable: string
    readonly BooleanEquals: boolean
    readonly Next: string
  }[]
  readonly Default?: string
  readonly Result?: unknown
  readonly ItemReader?: { readonly Parameters: unknown }
  readonly ItemSelector?: unknown
  readonly ItemProcessor?: StateMachine
}

/** A state machine, or the processor of a map. */
export interface StateMachine {
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
}

/** What the machine reaches for. */
interface Surroundings {
  /** Calls a function with a payload. */
  invoke(payload: unknown): Promise<unknown>
  /** Reads the JSON array that a map goes through. */
  readItems(place: { readonly Bucket: string; readonly Key: string }): Promise<readonly unknown[]>
}

/**
 * Runs a machine on an input: tasks with retries (without waiting), choices, passes, and distributed maps one item after
 * another. Everything else of the language is refused.
 */
export async function runStateMachine(
  machine: StateMachine,
  input: unknown,
  surroundings: Surroundings,
): Promise<unknown> {
  let value = input
  for (let name: string | undefined = machine.StartAt; name; ) {
    const state: State = machine.States[name]!
    if (state.Type === 'Choice') {
      const choice = state.Choices!.find(
        ({ Variable, BooleanEquals }) => follow(value, Variable) === BooleanEquals,
      )
      name = choice?.Next ?? state.Default
      continue
    }
    if (state.Type === 'Fail') throw Object.assign(new Error(), { name: state.Error })
    try {
      value = leave(state, value, await enter(state, value, surroundings))
      name = state.End ? undefined : state.Next
    } catch (error) {
      const caught = state.Catch?.[0]
      if (!caught) throw error
      value = put(value, caught.ResultPath, describe(error as Error))
      name = caught.Next
    }
  }
  return value
}

async function enter(state: State, value: unknown, surroundings: Surroundings): Promise<unknown> {
  if (state.Type === 'Pass') return state.Result
  if (state.Type === 'Task') return runTask(state, value, surroundings)
  if (state.Type === 'Map') {
    const place = fill(state.ItemReader!.Parameters, value, undefined) as { Bucket: string; Key: string }
    const results: unknown[] = []
    for (const item of await surroundings.readItems(place)) {
      const selected = fill(state.ItemSelector, value, item)
      results.push(await runStateMachine(state.ItemProcessor!, selected, surroundings))
    }
    return results
  }
  throw new Error(`This interpreter has no state ${state.Type}.`)
}

async function runTask(state: State, value: unknown, { invoke }: Surroundings): Promise<unknown> {
  const { Payload } = fill(state.Parameters, value, undefined) as { Payload: unknown }
  // Step Functions counts the tries of each retrier apart.
  const tries = new Map<object, number>()
  for (;;) {
    try {
      const result = {
        Payload: JSON.parse(JSON.stringify(await invoke(JSON.parse(JSON.stringify(Payload))))),
      }
      return state.ResultSelector ? fill(state.ResultSelector, result, undefined) : result
    } catch (error) {
      const names = [(error as Error).name, 'States.TaskFailed']
      const retry = state.Retry?.find(({ ErrorEquals }) => names.some((name) => ErrorEquals.includes(name)))
      const failures = retry ? (tries.get(retry) ?? 0) + 1 : 0
      if (!retry || failures > retry.MaxAttempts) throw error
      tries.set(retry, failures)
    }
  }
}

/** An error of a function as a machine catches it. */
function describe({ name, message }: Error) {
  return { Error: name, Cause: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }) }
}

function put(value: unknown, path: string, inner: unknown): unknown {
  return { ...(value as object), [path.replace('$.', '')]: inner }
}

/** Puts a result where the state wants it, and passes on what the state lets out. */
function leave({ ResultPath, OutputPath }: State, value: unknown, result: unknown): unknown {
  const whole = ResultPath === null ? value : ResultPath ? put(value, ResultPath, result) : result
  return OutputPath ? follow(whole, OutputPath) : whole
}

/** Fills a template, whose names that end with `.$` are paths. */
function fill(template: unknown, value: unknown, item: unknown): unknown {
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(
    Object.entries(template).map(([name, inner]) => {
      if (!name.endsWith('.$')) return [name, fill(inner, value, item)]
      return [name.slice(0, -2), inner === '$$.Map.Item.Value' ? item : follow(value, inner)]
    }),
  )
}

function follow(value: unknown, path: string): unknown {
  const names = path.split('.').slice(1)
  const found = names.reduce<unknown>(
    (inner, name) => (inner as Record<string, unknown> | undefined)?.[name],
    value,
  )
  if (found === undefined) throw new Error(`There is nothing at ${path}.`)
  return found
}
