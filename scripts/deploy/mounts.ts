/** Where Lambda puts layers, and where this stack mounts a file system. */
export const LAYER_MODELS = '/opt/models'
/** See {@link LAYER_MODELS}. */
export const MOUNT = '/mnt/models'

/** Whether a path is a folder or lies below it. */
export function within(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
