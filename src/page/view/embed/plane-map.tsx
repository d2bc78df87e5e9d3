import { scaleLinear } from 'd3-scale'
import { useMemo } from 'preact/hooks'
import { placeLabels } from '../../labels.ts'
import { planeOf } from '../../plane.ts'
import { useWords } from '../frame/language.tsx'

interface PlaneMapParts {
  readonly texts: readonly string[]
  readonly vectors: readonly (readonly number[])[]
}

const [WIDTH, HEIGHT, MARGIN] = [460, 400, 36]
const LONGEST_LABEL = 18

/** The texts as points in the plane in which they differ most. */
export function PlaneMap({ texts, vectors }: PlaneMapParts) {
  const words = useWords().embed
  const { points, shown } = useMemo(() => planeOf(vectors), [vectors])
  const [x, y] = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]!)
    const [least, most] = [Math.min(...values), Math.max(...values)]
    const size = axis === 0 ? WIDTH : HEIGHT
    // One point, or all in one place, lies in the middle.
    return scaleLinear(most > least ? [least, most] : [least - 1, most + 1], [MARGIN, size - MARGIN])
  })
  const places = points.map((point): [number, number] => [x!(point[0]), y!(point[1])])
  const labels = placeLabels(places, texts.map(shorten), WIDTH)
  return (
    <figure class="plane">
      <figcaption>
        <h2>{words.map}</h2>
        <p class="hint">{words.mapHint(Math.round(shown * 100))}</p>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words.mapLabel(texts.length)}>
        <rect x="0.5" y="0.5" width={WIDTH - 1} height={HEIGHT - 1} rx="8" class="plane-ground" />
        {places.map(([left, top], index) => (
          <g key={`${index}${texts[index]}`}>
            <title>{texts[index]}</title>
            <circle cx={left} cy={top} r="5" />
            <text x={labels[index]!.x} y={labels[index]!.y} text-anchor={labels[index]!.anchor}>
              {shorten(texts[index]!)}
            </text>
          </g>
        ))}
      </svg>
    </figure>
  )
}

function shorten(text: string): string {
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text
}
