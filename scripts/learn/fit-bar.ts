import type { FitProgress } from '../../src/learning/fit-seeds.ts'
import { drawBar, type ProgressTarget } from '../console/progress.ts'

/** A line that shows how far learning is; only a terminal can have it drawn over. */
export function createFitBar(target: ProgressTarget = process.stderr) {
  let drawn = false
  const draw = (line: string) => {
    if (!target.isTTY) return
    target.write(`\r${line}\u001b[K`)
    drawn = line !== ''
  }
  return {
    texts: (done: number, total: number) =>
      draw(`reading texts ${drawBar(done / total)} ${done} of ${total}`),
    fit({ seed, seeds, epoch, mostEpochs, macro, isBest }: FitProgress) {
      const share = (seed + epoch / mostEpochs) / seeds
      const best = isBest ? ', the best so far' : ''
      draw(
        `learning ${drawBar(share)} seed ${seed + 1} of ${seeds}, epoch ${epoch}, MRR by label ${macro.toFixed(4)}${best} (Ctrl-C keeps the best)`,
      )
    },
    /** Takes the line away. */
    end: () => {
      if (drawn) draw('')
    },
  }
}
