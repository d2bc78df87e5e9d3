import type { OnnxNode, OnnxTensor, OnnxType } from '../../src/formats/onnx.ts'

/** Collects the nodes and constants of a graph. Values are named after the scope and operator they come from. */
export interface GraphBuilder {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  /** The same graph, with `name` in front of the names of what is added. */
  scope(name: string): GraphBuilder
  /** Adds an operator and returns the name of its outcome. */
  add(operator: string, inputs: readonly string[], attributes?: OnnxNode['attributes']): string
  /** Adds an operator with several outcomes, whose names are the given ones within the scope. */
  addMany(operator: string, inputs: readonly string[], outputs: readonly string[]): string[]
  /** Adds a weight under its own name and returns that. */
  weight(tensor: OnnxTensor): string
  /** A float32 scalar; equal ones are kept once. */
  float(value: number): string
  /** An int64 scalar, or a list; equal ones are kept once. */
  integers(value: number | readonly number[]): string
}

/** A graph without nodes. */
export function createGraph(): GraphBuilder {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const known = new Set<string>()
  const constant = (type: OnnxType, shape: readonly number[], data: OnnxTensor['data']): string => {
    const name = `${type}:${shape.length > 0 ? `[${data.join(',')}]` : data.join()}`
    if (!known.has(name)) initializers.push({ name, type, shape, data })
    known.add(name)
    return name
  }
  const unique = (name: string): string => {
    let free = name
    for (let count = 1; known.has(free); count++) free = `${name}_${count}`
    known.add(free)
    return free
  }
  const scoped = (path: string): GraphBuilder => ({
    nodes,
    initializers,
    scope: (name) => scoped(`${path}/${name}`),
    add(operator, inputs, attributes) {
      const output = unique(`${path}/${operator}`)
      nodes.push({ operator, inputs, outputs: [output], ...(attributes && { attributes }) })
      return output
    },
    addMany(operator, inputs, outputs) {
      const names = outputs.map((output) => unique(`${path}/${output}`))
      nodes.push({ operator, inputs, outputs: names })
      return names
    },
    weight(tensor) {
      initializers.push(tensor)
      return tensor.name
    },
    float: (value) => constant('float32', [], Float32Array.of(value)),
    integers: (value) =>
      typeof value === 'number'
        ? constant('int64', [], BigInt64Array.of(BigInt(value)))
        : constant('int64', [value.length], BigInt64Array.from(value, BigInt)),
  })
  return scoped('')
}
