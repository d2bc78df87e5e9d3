import type { FlatUnigram } from './file.ts'

/** Buffers this large are given back after use: an ordinary word needs some hundred nodes. */
const KEPT_NODES = 1 << 16

/**
 * The best segmentation of a word into pieces (Viterbi; Kudo 2018). It gives what `@huggingface/tokenizers` 0.2.0
 * gives to the last bit of the sums: among equal ones the longest last piece wins, and each piece chooses its
 * predecessor after its own score is added, since rounding can make sums equal that were not before.
 */
export class UnigramLattice {
  readonly #flat: FlatUnigram
  #nodes = new Nodes(256)
  /** By place in the word: the first and last node that ends there, in order of their starts; -1 for none. */
  #first = new Int32Array(64)
  #last = new Int32Array(64)

  constructor(flat: FlatUnigram) {
    this.#flat = flat
  }

  /**
   * Calls `take` for each piece from left to right: its place in `word`, and its id. A character that is no piece
   * is one by itself, with the id -1.
   */
  segment(word: string, take: (start: number, end: number, id: number) => void): void {
    this.#reset(word.length)
    for (let start = 0; start < word.length; start += characterLength(word, start)) this.#startAt(word, start)
    const { starts, ids, previous } = this.#nodes
    const ends: number[] = []
    const path: number[] = []
    let end = word.length
    for (let node = this.#bestBefore(end, 0); node >= 0; node = previous[node]!) {
      path.push(node)
      ends.push(end)
      end = starts[node]!
    }
    for (let index = path.length - 1; index >= 0; index--) {
      take(starts[path[index]!]!, ends[index]!, ids[path[index]!]!)
    }
    if (this.#nodes.ids.length > KEPT_NODES) this.#nodes = new Nodes(256)
  }

  #reset(length: number): void {
    if (this.#first.length <= length) {
      this.#first = new Int32Array(2 * length)
      this.#last = new Int32Array(2 * length)
    }
    this.#first.fill(-1, 0, length + 1)
    this.#last.fill(-1, 0, length + 1)
    this.#nodes.count = 0
  }

  /** Adds every piece that starts here, or the character alone where none is as short. */
  #startAt(word: string, start: number): void {
    const { codes, base, check, ids } = this.#flat.trie
    const { scores, unknownId } = this.#flat
    const single = start + characterLength(word, start)
    let hasSingle = false
    let cell = 0
    for (let index = start; index < word.length; index++) {
      const code = codes[word.charCodeAt(index)]!
      const next = base[cell]! + code
      if (code === 0 || check[next] !== cell) break
      cell = next
      const id = ids[cell]!
      if (id < 0) continue
      this.#add(start, index + 1, id, scores[id]!)
      if (index + 1 === single) hasSingle = true
    }
    if (!hasSingle) this.#add(start, single, -1, scores[unknownId]!)
  }

  #add(start: number, end: number, id: number, score: number): void {
    if (this.#nodes.count === this.#nodes.ids.length) this.#nodes = this.#nodes.grown()
    const { starts, ids, totals, previous, following } = this.#nodes
    const node = this.#nodes.count++
    const before = this.#bestBefore(start, score)
    starts[node] = start
    ids[node] = id
    previous[node] = before
    totals[node] = before < 0 ? score : totals[before]! + score
    following[node] = -1
    if (this.#last[end]! < 0) this.#first[end] = node
    else following[this.#last[end]!] = node
    this.#last[end] = node
  }

  /** The first of the nodes that end here for which total + `score` is greatest; -1 at the start of the word. */
  #bestBefore(place: number, score: number): number {
    const { totals, following } = this.#nodes
    let best = this.#first[place]!
    if (best < 0 || following[best]! < 0) return best
    let most = totals[best]! + score
    for (let node = following[best]!; node >= 0; node = following[node]!) {
      const sum = totals[node]! + score
      if (sum > most) {
        best = node
        most = sum
      }
    }
    return best
  }
}

/** Nodes of the lattice, one column for each of their fields. */
class Nodes {
  count = 0
  readonly starts: Int32Array
  readonly ids: Int32Array
  /** The sum of scores of the best path that ends with this node. */
  readonly totals: Float64Array
  readonly previous: Int32Array
  /** The next node with the same end. */
  readonly following: Int32Array

  constructor(capacity: number) {
    this.starts = new Int32Array(capacity)
    this.ids = new Int32Array(capacity)
    this.totals = new Float64Array(capacity)
    this.previous = new Int32Array(capacity)
    this.following = new Int32Array(capacity)
  }

  grown(): Nodes {
    const larger = new Nodes(2 * this.ids.length)
    larger.count = this.count
    larger.starts.set(this.starts)
    larger.ids.set(this.ids)
    larger.totals.set(this.totals)
    larger.previous.set(this.previous)
    larger.following.set(this.following)
    return larger
  }
}

/** UTF-16 units of the character at `index`: 2 for a surrogate pair, else 1. */
function characterLength(text: string, index: number): number {
  return text.codePointAt(index)! > 0xffff ? 2 : 1
}
