import { vi } from 'vitest'
import { runTool } from '../../scripts/console/run-tool.ts'
import type { Tool } from '../../scripts/console/tool.ts'
import { root } from '../house/source.ts'

/** What a tool printed, and the status that it ended with. */
interface ToolRun {
  readonly out: string
  readonly err: string
  readonly status: number
}

/** Runs a tool in this process, with the model that ships. */
export async function run(tool: Tool, ...args: readonly string[]): Promise<ToolRun> {
  const [out, err]: string[][] = [[], []]
  const log = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void out!.push(String(line)))
  const error = vi.spyOn(console, 'error').mockImplementation((line: unknown) => void err!.push(String(line)))
  try {
    const status = await runTool(tool, args, { call: `npm run ${tool.shape.name} --`, root })
    return { out: out!.join('\n'), err: err!.join('\n'), status }
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
}
