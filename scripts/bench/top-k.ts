/** One ranked item. */
interface Ranked {
  readonly index: number
  readonly score: number
}

/**
 * The `count` highest scores, best first; equal scores stand in their given order; NaN is never returned. One
 * pass with a binary heap of `count` items.
 */
export function topK(scores: ArrayLike<number>, count: number): Ranked[] {
  const heap: Ranked[] = []
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!
    if (Number.isNaN(score)) continue
    if (heap.length < count) {
      heap.push({ index, score })
      siftUp(heap)
    } else if (heap.length > 0 && score > heap[0]!.score) {
      heap[0] = { index, score }
      siftDown(heap)
    }
  }
  return heap.sort((a, b) => b.score - a.score || a.index - b.index)
}

/** Whether `a` leaves the heap before `b`: lower score, or the later of two equals. */
function isWorse(a: Ranked, b: Ranked): boolean {
  return a.score < b.score || (a.score === b.score && a.index > b.index)
}

function siftUp(heap: Ranked[]): void {
  let at = heap.length - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isWorse(heap[at]!, heap[parent]!)) return
    swap(heap, at, parent)
    at = parent
  }
}

function siftDown(heap: Ranked[]): void {
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    if (left >= heap.length) return
    const right = left + 1
    const child = right < heap.length && isWorse(heap[right]!, heap[left]!) ? right : left
    if (!isWorse(heap[child]!, heap[at]!)) return
    swap(heap, at, child)
    at = child
  }
}

function swap(heap: Ranked[], a: number, b: number): void {
  const held = heap[a]!
  heap[a] = heap[b]!
  heap[b] = held
}
