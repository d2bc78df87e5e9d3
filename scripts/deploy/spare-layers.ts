/** The archives of layers, as the deploy tool calls them in the deployment bucket. */
const LAYER_ARCHIVES = /\/(onnxruntime|models)\.zip$/

/** An object of the deployment bucket that the deploy tool is about to delete. */
interface Outdated {
  readonly Key: string
}

/** The part of the deploy tool that finds what to delete after a deployment. */
interface Cleaner {
  getObjectsToRemove: (...parameters: unknown[]) => Promise<readonly Outdated[]>
}

/**
 * Keeps the archives of layers where the deploy tool deletes those of all but the last five deployments. An unchanged
 * layer is not uploaded again: the stack goes on to name the archive of the deployment that brought it, however many
 * came since, and the next change of the layer's resource alone (a runtime more) has CloudFormation read it.
 */
export function spareLayers(plugins: readonly object[]): void {
  for (const plugin of plugins) {
    if (!isCleaner(plugin)) continue
    const find = plugin.getObjectsToRemove
    plugin.getObjectsToRemove = async (...parameters) => {
      const outdated = await find.apply(plugin, parameters)
      return outdated.filter(({ Key }) => !LAYER_ARCHIVES.test(Key))
    }
  }
}

function isCleaner(plugin: object): plugin is Cleaner {
  return 'getObjectsToRemove' in plugin && typeof plugin.getObjectsToRemove === 'function'
}
