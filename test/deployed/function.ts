import { type Ending, type RuntimeApi, startRuntimeApi } from './runtime-api.ts'
import { type Deployment, type Sandbox, startSandbox } from './sandbox.ts'

/** What API Gateway makes of an ending. */
export interface Result {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A deployed function, started with its first event and again after it was killed. */
export interface DeployedFunction {
  /** Kills the function when `timeoutMs` have passed, as Lambda does. */
  invoke(event: unknown, timeoutMs?: number): Promise<Ending | { readonly kind: 'timeout' | 'died' }>
  /** The answer to an HTTP event. */
  request(event: unknown): Promise<Result>
  output(): readonly string[]
  peakMegabytes(): number
  close(): Promise<void>
}

/** Deploys on this machine. */
export async function deploy(deployment: Deployment): Promise<DeployedFunction> {
  const api: RuntimeApi = await startRuntimeApi()
  const outputs: string[][] = []
  let sandbox: Sandbox | undefined
  const start = (): Sandbox => {
    const started = startSandbox(api.address, deployment)
    outputs.push(started.output as string[])
    started.child.once('exit', () => {
      if (sandbox === started) sandbox = undefined
    })
    return started
  }
  const kill = () => {
    sandbox?.child.kill('SIGKILL')
    sandbox = undefined
    api.abandon()
  }
  const invoke: DeployedFunction['invoke'] = async (event, timeoutMs = 30_000) => {
    sandbox ??= start()
    const { child } = sandbox
    const died = new Promise<{ kind: 'died' }>((resolve) =>
      child.once('exit', () => resolve({ kind: 'died' })),
    )
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<{ kind: 'timeout' }>((resolve) => {
      timer = setTimeout(() => resolve({ kind: 'timeout' }), timeoutMs)
    })
    const ending = await Promise.race([api.invoke(event, timeoutMs), died, late])
    clearTimeout(timer)
    if (ending.kind === 'timeout') kill()
    if (ending.kind === 'died') api.abandon()
    return ending
  }
  return {
    invoke,
    async request(event) {
      const ending = await invoke(event)
      if (ending.kind === 'answer') return JSON.parse(ending.body) as Result
      throw new Error(`${JSON.stringify(ending)}\n${outputs.flat().join('\n')}`)
    },
    output: () => outputs.flat(),
    peakMegabytes: () => sandbox!.peakMegabytes(),
    async close() {
      kill()
      await api.close()
    },
  }
}
