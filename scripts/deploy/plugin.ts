import type { SSMClientConfig } from '@aws-sdk/client-ssm'
import { buildArtifacts, buildDoors, describeMissing, describeMissingDoors } from './artifacts.ts'
import { readCompiled, whyNotCompiled } from './compiled.ts'
import type { Deployment } from './deployment.ts'
import { localEnvironment } from './functions.ts'
import { describeUnprovenDefault } from './judge.ts'
import { PARAMETER_NAMES } from './parameters.ts'
import { planDeployment } from './plan.ts'
import { spareLayers } from './spare-layers.ts'
import { describeStack } from './stack.ts'
import { createToken, deleteToken } from './token.ts'
import { describeToken, generatedTokenName } from './token-source.ts'

/** The part of the deploy tool that this plugin touches. */
interface Serverless {
  readonly serviceDir: string
  readonly processedInput: {
    readonly commands: readonly string[]
    readonly options: { readonly param?: readonly string[]; readonly region?: string }
  }
  readonly configurationInput: { readonly params?: Readonly<Record<string, object>> }
  readonly pluginManager: { readonly plugins: readonly object[] }
  readonly service: {
    readonly functions: Readonly<Record<string, FunctionSettings>>
  }
  getProvider(name: 'aws'): { getAwsSdkV3Config(): Promise<SSMClientConfig> }
}

interface FunctionSettings {
  environment?: Readonly<Record<string, unknown>>
  readonly package?: { readonly patterns?: string[] }
}

interface VariableRequest {
  readonly address: string
  resolveVariable(address: string): Promise<unknown>
  resolveConfigurationProperty(path: readonly string[]): Promise<unknown>
}

interface Logs {
  readonly log: { notice(text: string): void }
}

/**
 * Gives `serverless.yml` its variables `${deployment:…}`, all decided by pure functions from the parameters, and
 * builds what is deployed before it is packed.
 */
export class DeployPlugin {
  readonly hooks: Readonly<Record<string, () => unknown>>
  readonly configurationVariablesSources = {
    deployment: { resolve: (request: VariableRequest) => this.resolve(request) },
  }
  readonly #serverless: Serverless
  readonly #log: (text: string) => void
  #deployment: Promise<Deployment> | undefined

  constructor(serverless: Serverless, _options: unknown, { log }: Logs) {
    this.#serverless = serverless
    this.#log = (text) => log.notice(text)
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.build(),
      'before:package:compileLayers': () => this.forgetDeployed(),
      'before:deploy:deploy': () => this.prepareDeploy(),
      'after:deploy:deploy': () => this.sayToken(),
      'after:remove:remove': () => this.removeToken(),
      // `serverless offline` and `serverless offline start`.
      'before:offline:start': () => this.prepareOffline(),
      'before:offline:start:init': () => this.prepareOffline(),
    }
  }

  private async resolve(request: VariableRequest): Promise<{ value: unknown; isPending?: boolean }> {
    const first = this.#deployment === undefined
    this.#deployment ??= this.plan(request)
    const deployment = await this.#deployment.catch((error: Error) => {
      // Said once and without a stack; the other variables are left as they are.
      if (first) throw plainly(error)
    })
    if (!deployment) return { value: null, isPending: true }
    const stack: unknown = describeStack(deployment)
    const value = request.address
      .split('.')
      .reduce((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], stack)
    return { value: value ?? null }
  }

  private async plan(request: VariableRequest): Promise<Deployment> {
    const { configurationInput, processedInput } = this.#serverless
    const stage = String(await request.resolveConfigurationProperty(['provider', 'stage']))
    const service = String(await request.resolveConfigurationProperty(['service']))
    const named = [
      ...PARAMETER_NAMES,
      ...Object.keys(configurationInput.params?.default ?? {}),
      ...Object.keys(configurationInput.params?.[stage] ?? {}),
      ...(processedInput.options.param ?? []).map((given) => given.split('=')[0]!),
    ]
    const given = await Promise.all(
      [...new Set(named)].map(async (name) => [name, await request.resolveVariable(`param:${name}`)]),
    )
    const { region } = processedInput.options
    return planDeployment(service, stage, { ...Object.fromEntries(given), ...(region && { region }) })
  }

  private async build(): Promise<void> {
    const { parameters } = await this.#deployment!
    const { serviceDir } = this.#serverless
    const unproven = describeUnprovenDefault(serviceDir, parameters)
    if (unproven) throw plainly(new Error(unproven))
    if (parameters.build) buildArtifacts(serviceDir, parameters, this.#log)
    const missing = describeMissing(serviceDir, parameters)
    if (missing) throw plainly(new Error(missing))
    const useless = whyNotCompiled(readCompiled(serviceDir), parameters)
    if (useless === undefined) return
    this.#log(useless)
    for (const { package: { patterns = [] } = {} } of Object.values(this.#serverless.service.functions)) {
      patterns.push('!dist/*.cache')
    }
  }

  /** Makes the token of the stage where it is to be made, and keeps the layers that later deployments refer to. */
  private async prepareDeploy(): Promise<void> {
    const deployment = await this.#deployment!
    spareLayers(this.#serverless.pluginManager.plugins)
    const name = generatedTokenName(deployment)
    if (name === undefined) return
    const state = await createToken(await this.awsConfig(), name, deployment)
    this.#log(state === 'made' ? `Made a token at ssm:${name}` : `Kept the token that is at ssm:${name}`)
  }

  private async sayToken(): Promise<void> {
    const deployment = await this.#deployment!
    const name = generatedTokenName(deployment)
    if (name !== undefined) this.#log(describeToken(name, deployment.parameters.region))
  }

  /** The token goes with the stack that made it. */
  private async removeToken(): Promise<void> {
    const name = generatedTokenName(await this.#deployment!)
    if (name !== undefined) await deleteToken(await this.awsConfig(), name)
  }

  private awsConfig() {
    return this.#serverless.getProvider('aws').getAwsSdkV3Config()
  }

  /**
   * To package, the tool would ask AWS which layers are there already, to spare an upload; `package` uploads nothing,
   * and so needs neither network nor credentials.
   */
  private forgetDeployed(): void {
    const { pluginManager, processedInput } = this.#serverless
    if (processedInput.commands[0] !== 'package') return
    for (const plugin of pluginManager.plugins) {
      if ('compareWithLastLayer' in plugin) plugin.compareWithLastLayer = async () => {}
    }
  }

  /** `serverless offline` runs the built doors in this checkout, whose models are not below /opt. */
  private async prepareOffline(): Promise<void> {
    const deployment = await this.#deployment!
    const { serviceDir, service } = this.#serverless
    if (deployment.parameters.build) buildDoors(serviceDir, this.#log)
    const missing = describeMissingDoors(serviceDir)
    if (missing) throw plainly(new Error(missing))
    for (const settings of Object.values(service.functions)) {
      settings.environment = localEnvironment(settings.environment ?? {}, serviceDir, deployment)
    }
  }
}

/** The deploy tool prints stacks; a sentence to the operator needs none. */
function plainly(error: Error): Error {
  return Object.assign(error, { stack: error.message })
}
