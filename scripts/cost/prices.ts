import prices from './prices.json' with { type: 'json' }

/** Of a function, a task or an instance. */
export const ARCHITECTURES = ['arm64', 'x64'] as const
/** One of {@link ARCHITECTURES}. */
export type Architecture = (typeof ARCHITECTURES)[number]

type ByArchitecture = Readonly<Record<Architecture, number>>

/** Prices of one day and region, in US dollars. */
export interface Prices {
  /** The month in which they were published, as 2026-05. */
  readonly date: string
  readonly region: string
  readonly lambda: {
    readonly gigabyteSecond: ByArchitecture
    readonly millionRequests: number
    readonly temporaryGigabyteSecond: number
    readonly freeTemporaryMegabytes: number
  }
  readonly httpApi: { readonly millionRequests: number }
  readonly s3: { readonly gigabyteMonth: number; readonly millionReads: number }
  readonly cloudWatch: { readonly metricMonth: number; readonly logGigabyte: number }
  readonly transfer: { readonly gigabyteOut: number }
  readonly fargate: {
    readonly processorHour: ByArchitecture
    readonly gigabyteHour: ByArchitecture
    readonly loadBalancerHour: number
  }
  readonly managedInstances: {
    readonly instanceHour: ByArchitecture
    readonly processors: number
    readonly gigabytes: number
    readonly managementShare: number
    readonly millionRequests: number
    readonly leastInstances: number
  }
  readonly embeddingApis: readonly { readonly name: string; readonly millionTokens: number }[]
}

/** The prices in `prices.json`, where their sources stand. */
export const PRICES: Prices = prices
