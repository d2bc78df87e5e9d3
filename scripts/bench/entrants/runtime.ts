import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The version of the ONNX runtime among this project's packages. */
export function runtimeVersion(): string {
  return createRequire(join(process.cwd(), 'package.json'))('onnxruntime-node/package.json').version
}
