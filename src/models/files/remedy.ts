/** The layer of a deployed function, as its store calls itself. */
const LAYER = 'directory /opt/models'

/**
 * The commands that bring a model to where it was looked for, as the end of a sentence. A bucket takes a model without a
 * deployment, so it comes before the layer.
 *
 * @param sources names of the stores that were searched
 */
export function remedyFor(model: string, sources: readonly string[]): string {
  const pull = `"npm run models -- pull ${model}"`
  const bucket = sources.find((source) => source.startsWith('s3://'))
  if (bucket) return `bring it there with ${pull} and "npm run models -- push ${bucket} ${model}"`
  if (!sources.includes(LAYER)) return `put it there with ${pull}, or check MODEL_SOURCES`
  return `put it into the layer with ${pull} and "npx serverless deploy --param layerModels=jobs-static,${model}", or check MODEL_SOURCES`
}
