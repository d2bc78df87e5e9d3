/** Where the words beside a point stand, in the units of the picture. */
interface Label {
  readonly x: number
  readonly y: number
  readonly anchor: 'start' | 'end'
}

const [LINE, GAP, LATIN, HAN] = [16, 9, 7, 13]

/**
 * Places for the words beside points: to the right, or to the left where they would leave the picture, and up or down by
 * lines until they cover neither points nor the words before them. A word that finds no place keeps its first one.
 */
export function placeLabels(
  points: readonly (readonly [number, number])[],
  texts: readonly string[],
  width: number,
): Label[] {
  const taken: { left: number; right: number; y: number }[] = []
  return points.map(([x, y], index) => {
    const length = widthOf(texts[index] ?? '')
    const isRight = x + GAP + length <= width
    const left = isRight ? x + GAP : x - GAP - length
    const free = (at: number) =>
      taken.every((box) => box.right < left || box.left > left + length || Math.abs(box.y - at) >= LINE)
    const isOff = (at: number) =>
      points.every(([px, py]) => px < left || px > left + length || Math.abs(py + 5 - at) > 9)
    const tries = [0, 1, -1, 2, -2].map((lines) => y + 5 + lines * LINE)
    const place = tries.find((at) => free(at) && isOff(at)) ?? tries.find(free) ?? tries[0]!
    taken.push({ left, right: left + length, y: place })
    return { x: isRight ? x + GAP : x - GAP, y: place, anchor: isRight ? 'start' : 'end' }
  })
}

/** About as wide as a text is set; Han characters are as wide as they are high. */
function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (/[\u2e80-\uffef]/u.test(letter) ? HAN : LATIN), 0)
}
