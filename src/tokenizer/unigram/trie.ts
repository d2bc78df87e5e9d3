/**
 * A double-array trie over UTF-16 units (Aoe 1989): from cell `s`, unit `u` leads to cell `base[s] + codes[u]` if
 * `check` there is `s`. A look-up is a few array reads, and the arrays lie in a file as they are.
 */
export interface DoubleArray {
  /** `[65536]`: the code of each UTF-16 unit, by frequency from 1; 0 for units that occur in no piece. */
  readonly codes: Uint16Array
  /** `[cells]`: what the code of the next unit is added to. */
  readonly base: Int32Array
  /** `[cells]`: the cell this one is reached from, -1 where none is. */
  readonly check: Int32Array
  /** `[cells]`: the id of the piece that ends here, -1 where none does. */
  readonly ids: Int32Array
}

/** The id of exactly this text, or -1. */
export function findPiece(trie: DoubleArray, text: string): number {
  let cell = 0
  for (let index = 0; index < text.length; index++) {
    const code = trie.codes[text.charCodeAt(index)]!
    const next = trie.base[cell]! + code
    if (code === 0 || trie.check[next] !== cell) return -1
    cell = next
  }
  return trie.ids[cell]!
}

/**
 * Builds the trie of `pieces`, text to id, of which none is empty. The same pieces give the same arrays, in
 * whatever order they come.
 */
export function buildDoubleArray(pieces: ReadonlyMap<string, number>): DoubleArray {
  const codes = frequencyCodes(pieces.keys())
  const trie = plainTrie(pieces, codes)
  return layOut(trie, placeNodes(trie), codes)
}

/** Frequent units get small codes, so that the children of most nodes lie close together. */
function frequencyCodes(pieces: Iterable<string>): Uint16Array {
  const counts = new Float64Array(65536)
  for (const piece of pieces) {
    for (let index = 0; index < piece.length; index++) counts[piece.charCodeAt(index)]!++
  }
  const units = Array.from(counts.keys()).filter((unit) => counts[unit]! > 0)
  units.sort((one, other) => counts[other]! - counts[one]! || one - other)
  const codes = new Uint16Array(65536)
  units.forEach((unit, rank) => {
    codes[unit] = rank + 1
  })
  return codes
}

/** Nodes breadth first; the children of node `n` are `first[n] … first[n] + count[n])`, one code each. */
interface PlainTrie {
  readonly code: number[]
  readonly id: number[]
  readonly first: number[]
  readonly count: number[]
}

function plainTrie(pieces: ReadonlyMap<string, number>, codes: Uint16Array): PlainTrie {
  const sorted = [...pieces.keys()].sort()
  const trie: PlainTrie = { code: [0], id: [-1], first: [], count: [] }
  // A node is the range of sorted pieces that share its first `depth` units; the piece that ends there is first.
  const ranges = { from: [0], to: [sorted.length], depth: [0] }
  for (let node = 0; node < trie.code.length; node++) {
    const to = ranges.to[node]!
    const depth = ranges.depth[node]!
    let from = ranges.from[node]!
    if (sorted[from]?.length === depth) trie.id[node] = pieces.get(sorted[from++]!)!
    trie.first.push(trie.code.length)
    while (from < to) {
      const unit = sorted[from]!.charCodeAt(depth)
      ranges.from.push(from)
      while (from < to && sorted[from]!.charCodeAt(depth) === unit) from++
      ranges.to.push(from)
      ranges.depth.push(depth + 1)
      trie.code.push(codes[unit]!)
      trie.id.push(-1)
    }
    trie.count.push(trie.code.length - trie.first[node]!)
  }
  return trie
}

/** The base of each node: large families first, while there is room; single children fill the holes. */
function placeNodes(trie: PlainTrie): Int32Array {
  const parents = trie.count.flatMap((count, node) => (count > 0 ? [node] : []))
  parents.sort((one, other) => trie.count[other]! - trie.count[one]! || one - other)
  const bases = new Int32Array(trie.code.length)
  const slots = new FreeSlots()
  for (const node of parents) {
    const start = trie.first[node]!
    const family = trie.code.slice(start, start + trie.count[node]!).sort((one, other) => one - other)
    bases[node] = slots.take(family)
  }
  return bases
}

/** Cells not yet used, from 1: cell 0 is the root's. */
class FreeSlots {
  /** For a used cell, a later one to look at next; a free cell points to itself. */
  #next = new Int32Array(1 << 16)
  #length = 0
  /** Where the last family of a size was put: before it, hardly any other of that size has room. */
  readonly #resume = new Map<number, number>()

  constructor() {
    this.#grow()
    this.#next[0] = 1
  }

  /** Uses the cells `base + code` of all of `codes` (ascending, from 1); returns the base. */
  take(codes: readonly number[]): number {
    const smallest = codes[0]!
    const span = codes[codes.length - 1]! - smallest
    const single = codes.length === 1
    const start = single ? smallest : Math.max(smallest, this.#resume.get(codes.length) ?? 0)
    for (let cell = this.#free(start); ; cell = this.#free(cell + 1)) {
      while (cell + span + 1 >= this.#length) this.#grow()
      const base = cell - smallest
      if (!this.#allFree(base, codes)) continue
      for (const code of codes) this.#next[base + code] = base + code + 1
      if (!single) this.#resume.set(codes.length, cell)
      return base
    }
  }

  #allFree(base: number, codes: readonly number[]): boolean {
    for (const code of codes) if (this.#next[base + code] !== base + code) return false
    return true
  }

  /** The first free cell from `cell` on; what is passed points there afterwards. */
  #free(cell: number): number {
    while (cell + 1 >= this.#length) this.#grow()
    let free = cell
    while (this.#next[free] !== free) free = this.#next[free]!
    for (let passed = cell; passed !== free; ) {
      const after = this.#next[passed]!
      this.#next[passed] = free
      passed = after
    }
    return free
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(1 << 16, 2 * this.#length))
    larger.set(this.#next.subarray(0, this.#length))
    for (let cell = this.#length; cell < larger.length; cell++) larger[cell] = cell
    this.#next = larger
    this.#length = larger.length
  }
}

function layOut(trie: PlainTrie, bases: Int32Array, codes: Uint16Array): DoubleArray {
  // Room after the last base for every code, so that a look-up need not compare with the end.
  const cells =
    bases.reduce((most, base) => Math.max(most, base), 0) +
    codes.reduce((most, code) => Math.max(most, code), 0) +
    1
  const base = new Int32Array(cells)
  const check = new Int32Array(cells).fill(-1)
  const ids = new Int32Array(cells).fill(-1)
  const cellOf = new Int32Array(trie.code.length)
  for (let node = 0; node < trie.code.length; node++) {
    const cell = cellOf[node]!
    base[cell] = bases[node]!
    ids[cell] = trie.id[node]!
    const end = trie.first[node]! + trie.count[node]!
    for (let child = trie.first[node]!; child < end; child++) {
      cellOf[child] = bases[node]! + trie.code[child]!
      check[cellOf[child]!] = cell
    }
  }
  return { codes, base, check, ids }
}
