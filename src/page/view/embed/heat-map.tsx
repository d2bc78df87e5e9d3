import { scaleLinear } from 'd3-scale'
import { useMemo } from 'preact/hooks'
import { cosinesOf } from '../../plane.ts'
import { useWords } from '../frame/language.tsx'
import { Scroll } from '../frame/scroll.tsx'

interface HeatMapParts {
  readonly texts: readonly string[]
  readonly vectors: readonly (readonly number[])[]
}

/** From nothing in common to the same, as a share of the colour: up to 60 % of it digits are easily read. */
const strength = scaleLinear([0, 1], [0, 60]).clamp(true)

/** Cosines of each two texts as a table, which a screen reader reads as such, with a colour for each. */
export function HeatMap({ texts, vectors }: HeatMapParts) {
  const words = useWords().embed
  const cosines = useMemo(() => cosinesOf(vectors), [vectors])
  const [one, other, value] = closestOf(cosines)
  return (
    <figure class="heat">
      <figcaption>
        <h2>{words.heat}</h2>
        <p class="hint">{words.heatHint}</p>
      </figcaption>
      <Scroll label={words.heat}>
        <table>
          <thead>
            <tr>
              <td />
              {texts.map((text, column) => (
                <th key={`${column}${text}`} scope="col" title={text}>
                  <span class="visually-hidden">{text}</span>
                  <span aria-hidden="true">{column + 1}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {texts.map((text, row) => (
              <tr key={`${row}${text}`}>
                <th scope="row" title={text}>
                  <span class="row-number" aria-hidden="true">
                    {row + 1}
                  </span>
                  {text}
                </th>
                {cosines[row]!.map((cosine, column) => (
                  <Cell key={`${column}${texts[column]}`} cosine={cosine} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="note">{words.closest(texts[one]!, texts[other]!, value.toFixed(2))}</p>
    </figure>
  )
}

function Cell({ cosine }: { readonly cosine: number }) {
  return <td style={{ '--share': `${Math.round(strength(cosine))}%` }}>{cosine.toFixed(2)}</td>
}

/** The two different rows that are most alike, and their cosine. */
function closestOf(cosines: readonly (readonly number[])[]): [number, number, number] {
  let best: [number, number, number] = [0, 1, Number.NEGATIVE_INFINITY]
  cosines.forEach((row, one) => {
    row.forEach((value, other) => {
      if (other > one && value > best[2]) best = [one, other, value]
    })
  })
  return best
}
