/** Regions whose ARNs have a part of AWS of their own, by how their names begin. */
const PARTITIONS: Readonly<Record<string, string>> = {
  'cn-': 'aws-cn',
  'us-gov-': 'aws-us-gov',
  'us-iso-': 'aws-iso',
  'us-isob-': 'aws-iso-b',
}

/** The part of AWS that a region is in, each with ARNs of its own: `aws`, `aws-cn`, `aws-us-gov`, … */
export function partitionOf(region: string): string {
  return Object.entries(PARTITIONS).find(([beginning]) => region.startsWith(beginning))?.[1] ?? 'aws'
}
