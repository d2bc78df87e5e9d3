import { runNpmTool } from './console/run-tool.ts'
import { matchTool } from './match/tool.ts'

await runNpmTool(matchTool)
