import { type Architecture, type Measurement, type Prices, requestMs } from './lambda.ts'

/** Hours of a month, as AWS reckons it. */
export const HOURS_PER_MONTH = 730
/** Millions of texts in a month at one text a second. */
const MILLIONS_PER_MONTH = (HOURS_PER_MONTH * 3600) / 1e6
/** What a container is kept busy at most, so that requests need not wait long. */
const BUSY = 0.6
const CONTAINER_GIGABYTES = 2

/** The same program in containers of one processor that are always on, behind a load balancer. */
interface Containers {
  /** US dollars a month: of each container, and of the load balancer. */
  readonly each: number
  readonly shared: number
  /** Texts a second that one keeps up with. */
  readonly capacity: number
}

/** What containers cost and carry. */
export function containersOf(
  { container }: Prices,
  architecture: Architecture,
  measurement: Measurement,
  textsPerRequest: number,
): Containers {
  const { processorHour, gigabyteHour, loadBalancerHour } = container
  return {
    each: HOURS_PER_MONTH * (processorHour[architecture] + CONTAINER_GIGABYTES * gigabyteHour[architecture]),
    shared: HOURS_PER_MONTH * loadBalancerHour,
    capacity: (BUSY * 1000 * textsPerRequest) / requestMs(measurement, textsPerRequest),
  }
}

/**
 * The load, in texts a second, from which on as many containers as it needs cost less than Lambda; undefined when they
 * never do.
 *
 * @param saved US dollars that a million texts cost on Lambda and do not cost in containers
 */
export function breakEven({ each, shared, capacity }: Containers, saved: number): number | undefined {
  const monthly = saved * MILLIONS_PER_MONTH
  if (each / capacity >= monthly) return undefined
  // With n containers at the load where the n-th is begun, (n − 1) × capacity: the last n for which Lambda is cheaper.
  const last = Math.ceil((shared + monthly * capacity) / (monthly * capacity - each)) - 1
  return Math.min(last * capacity, (last * each + shared) / monthly)
}
