import { collectionsTool } from './collections/tool.ts'
import { runNpmTool } from './console/run-tool.ts'

await runNpmTool(collectionsTool)
