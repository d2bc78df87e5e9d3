import { type Measurement, requestMs } from './lambda.ts'
import type { Architecture, Prices } from './prices.ts'

/** Another way to have vectors: what a month costs in US dollars at a steady load of texts a second. */
export interface Rival {
  readonly name: string
  monthlyAt(textsPerSecond: number): number
}

/** Hours and seconds of a month, as AWS reckons. */
export const HOURS_PER_MONTH = 730
/** See {@link HOURS_PER_MONTH}. */
export const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
const MILLION = 1e6
/** What servers are kept busy at most, so that requests need not wait long. */
const BUSY = 0.6
const TASK_GIGABYTES = 2

/** Millions of texts in a month. */
function millionsOf(textsPerSecond: number): number {
  return (textsPerSecond * SECONDS_PER_MONTH) / MILLION
}

/** What Lambda takes each month for a load at a price for a million texts. */
export function lambdaRival(name: string, millionTexts: number): Rival {
  return { name, monthlyAt: (load) => millionsOf(load) * millionTexts }
}

/** APIs that are paid by the token. */
export function apiRivals({ embeddingApis }: Prices, tokensPerText: number): Rival[] {
  return embeddingApis.map(({ name, millionTokens }) => lambdaRival(name, millionTokens * tokensPerText))
}

/** How the same program is used elsewhere. */
export interface Carried {
  readonly textsPerRequest: number
  /** What a million texts cost on their way, whoever makes them. */
  readonly transfer: number
}

/** Texts a second that one processor keeps up with. */
function capacityOf(measurement: Measurement, textsPerRequest: number): number {
  return (BUSY * 1000 * textsPerRequest) / requestMs(measurement, textsPerRequest)
}

/** The same program in containers of one processor behind a load balancer: as many as the load needs, at least one. */
export function fargateRival(
  { fargate }: Prices,
  architecture: Architecture,
  measurement: Measurement,
  { textsPerRequest, transfer }: Carried,
): Rival {
  const { processorHour, gigabyteHour, loadBalancerHour } = fargate
  const task = processorHour[architecture] + TASK_GIGABYTES * gigabyteHour[architecture]
  const capacity = capacityOf(measurement, textsPerRequest)
  return {
    name: 'Fargate',
    monthlyAt: (load) =>
      HOURS_PER_MONTH * (Math.max(1, Math.ceil(load / capacity)) * task + loadBalancerHour) +
      millionsOf(load) * transfer,
  }
}

/** The same program on Lambda Managed Instances. */
export function managedRival(
  { managedInstances, httpApi }: Prices,
  architecture: Architecture,
  measurement: Measurement,
  { textsPerRequest, transfer }: Carried,
): Rival {
  const { instanceHour, processors, managementShare, millionRequests, leastInstances } = managedInstances
  const capacity = processors * capacityOf(measurement, textsPerRequest)
  const requestPrice = millionRequests + httpApi.millionRequests
  return {
    name: 'Lambda Managed Instances',
    monthlyAt(load) {
      const instances = Math.max(leastInstances, Math.ceil(load / capacity))
      const servers = HOURS_PER_MONTH * instances * instanceHour[architecture] * (1 + managementShare)
      return servers + millionsOf(load) * (transfer + requestPrice / textsPerRequest)
    },
  }
}

const LEAST_LOAD = 1e-4
const MOST_LOAD = 1e5
const STEPS_PER_DECADE = 400

/**
 * The lowest load, in texts a second, from which on `rival` costs less than `ours`, to 0.6 %: 0 when it always does,
 * undefined when it never does up to 100,000.
 */
export function breakEven(ours: Rival, rival: Rival): number | undefined {
  const steps = STEPS_PER_DECADE * Math.log10(MOST_LOAD / LEAST_LOAD)
  let from: number | undefined
  for (let step = steps; step >= 0; step--) {
    const load = LEAST_LOAD * 10 ** (step / STEPS_PER_DECADE)
    if (rival.monthlyAt(load) >= ours.monthlyAt(load)) break
    from = load
  }
  return from === LEAST_LOAD ? 0 : from
}
