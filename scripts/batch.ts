import { batchTool } from './batch/tool.ts'
import { runNpmTool } from './console/run-tool.ts'

await runNpmTool(batchTool)
