import { runNpmTool } from './console/run-tool.ts'
import { embedTool } from './embed/tool.ts'

await runNpmTool(embedTool)
