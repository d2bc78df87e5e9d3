import {
  type EncoderShape,
  EPSILON,
  quantizeWeight,
  type Weight,
  type Weights,
} from '../../scripts/models/shape.ts'
import { multiply, multiplyQuantized, type Rounding, type Rows } from './linear.ts'

/**
 * Runs an encoder over the tokens of one text in doubles, written down from the papers rather than from the graph:
 * the vectors of its last layer, one a token, and how close an int8 run came to rounding otherwise.
 */
export function runReference(
  shape: EncoderShape,
  weights: Weights,
  int8: boolean,
  ids: ArrayLike<number>,
  types: ArrayLike<number>,
): { states: Rows } & Rounding {
  const rounding: Rounding = { nearestTie: 0.5 }
  const weight = (name: string): Weight => weights.get(name)!
  const linear = (rows: Rows, name: string): Rows =>
    int8
      ? multiplyQuantized(rows, weight(name), weight(`${name}.bias`), rounding)
      : multiply(rows, weight(name), weight(`${name}.bias`))
  const normalized = (rows: Rows, name: string): Rows =>
    rows.map((row) =>
      normalizeRow(row, weight(`${name}.scale`), weight(`${name}.shift`), EPSILON[shape.family]),
    )

  let hidden = normalized(embed(shape, weight, weights.has('type'), int8, ids, types), 'embedding')
  for (let layer = 0; layer < shape.layers; layer++) {
    const name = `layer.${layer}`
    const [query, key, value] = ['query', 'key', 'value'].map((part) => linear(hidden, `${name}.${part}`))
    const mixed = attend(shape, query!, key!, value!, weights.get('relative'))
    const middle = normalized(add(linear(mixed, `${name}.output`), hidden), `${name}.attended`)
    const widened = linear(middle, `${name}.widen`).map((row) => row.map(gelu))
    hidden = normalized(add(linear(widened, `${name}.narrow`), middle), `${name}.done`)
  }
  return { states: hidden, ...rounding }
}

function embed(
  { family, padId, hidden }: EncoderShape,
  weight: (name: string) => Weight,
  typed: boolean,
  int8: boolean,
  ids: ArrayLike<number>,
  types: ArrayLike<number>,
): Rows {
  const row = (name: string, index: number, rounded = int8): number[] => {
    const { codes, scale } = quantizeWeight(weight(name))
    return Array.from({ length: hidden }, (_, column) => {
      const at = index * hidden + column
      return rounded ? codes[at]! * scale : weight(name).data[at]!
    })
  }
  const offset = family === 'bert' || family === 'distilbert' ? 0 : padId + 1
  return Array.from(ids, (id, position) => {
    const sum = add([row('word', id)], [row('position', position + offset)])
    if (!typed) return sum[0]!
    // RoBERTa knows one type only; exporters leave it as a constant in float32.
    const type = family === 'roberta' ? row('type', 0, false) : row('type', types[position] ?? 0)
    return add(sum, [type])[0]!
  })
}

function add(left: Rows, right: Rows): Rows {
  return left.map((row, index) => row.map((value, column) => value + right[index]![column]!))
}

function normalizeRow(row: number[], scale: Weight, shift: Weight, epsilon: number): number[] {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length
  return row.map(
    (value, column) =>
      ((value - mean) / Math.sqrt(variance + epsilon)) * scale.data[column]! + shift.data[column]!,
  )
}

function attend({ heads, hidden }: EncoderShape, query: Rows, key: Rows, value: Rows, bias?: Weight): Rows {
  const width = hidden / heads
  const mixed = query.map(() => new Array<number>(hidden).fill(0))
  for (let head = 0; head < heads; head++) {
    for (const [row, asking] of query.entries()) {
      const scores = key.map((asked, column) => {
        let sum = 0
        for (let index = head * width; index < (head + 1) * width; index++)
          sum += asking[index]! * asked[index]!
        return sum / Math.sqrt(width) + (bias ? bias.data[bucketOf(column - row) * heads + head]! : 0)
      })
      const shares = softmax(scores)
      for (let index = head * width; index < (head + 1) * width; index++) {
        for (const [column, share] of shares.entries()) mixed[row]![index]! += share * value[column]![index]!
      }
    }
  }
  return mixed
}

/** Bucket of a relative position: eight exact ones, eight logarithmic ones up to 128, either way. */
function bucketOf(offset: number): number {
  const distance = Math.abs(offset)
  const side = offset > 0 ? 16 : 0
  if (distance < 8) return side + distance
  const logarithmic = 8 + Math.floor((Math.log(distance / 8) / Math.log(16)) * 8)
  return side + Math.min(15, logarithmic)
}

function softmax(scores: number[]): number[] {
  const most = Math.max(...scores)
  const parts = scores.map((score) => Math.exp(score - most))
  const sum = parts.reduce((total, part) => total + part, 0)
  return parts.map((part) => part / sum)
}

function gelu(value: number): number {
  return (value * (1 + erf(value / Math.SQRT2))) / 2
}

/** The error function by its Maclaurin series; beyond 4 it is 1 to eight digits. */
function erf(value: number): number {
  const x = Math.abs(value)
  if (x > 4) return Math.sign(value)
  let term = x
  let sum = x
  for (let n = 1; n < 200; n++) {
    term *= -(x * x) / n
    sum += term / (2 * n + 1)
  }
  return Math.sign(value) * (2 / Math.sqrt(Math.PI)) * sum
}
