import { runNpmTool } from './console/run-tool.ts'
import { modelsTool } from './models/tool.ts'

await runNpmTool(modelsTool)
