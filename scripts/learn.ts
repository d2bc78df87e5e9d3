import { runNpmTool, runTool } from './console/run-tool.ts'
import type { Tool } from './console/tool.ts'
import { distillTool } from './distill/tool.ts'
import { learnTool } from './learn/tool.ts'
import { weightsTool } from './learn/weights/tool.ts'

const PARTS: Readonly<Record<string, Tool>> = { distill: distillTool, weights: weightsTool }

/** Several programs under one name; what follows the name of a part is for that part, and without one it is learning. */
const [, , name = '', ...rest] = process.argv
const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined
if (part)
  process.exitCode = await runTool(part, rest, { call: `npm run learn -- ${name}`, root: process.cwd() })
else await runNpmTool(learnTool)
