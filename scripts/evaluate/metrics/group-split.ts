/**
 * A number from 0 to 1 that depends on the key and the seed alone (FNV-1a, 32 bits, and the finalizer of MurmurHash3):
 * everything with that key falls on one side of a split, in every run.
 */
export function shareOf(key: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** Whether a group is held out when `share` of all groups, 0 to 1, are: its job, or its resume, is never fitted on. */
export function isGroupHeldOut(key: string, seed: number, share: number): boolean {
  return shareOf(key, seed) < share
}
