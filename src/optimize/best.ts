/** The best epoch of a training, as its history tells it. */
import type { HistoryLine } from "../results/history.ts"

/** The epoch with the least validation loss, the first of several; 0, before training, only where there is no other. */
export function bestEpoch(history: ReadonlyArray<HistoryLine>): number {
  let best = Math.min(1, history.length - 1)
  for (let epoch = best + 1; epoch < history.length; epoch++)
    if (history[epoch].validationLoss < history[best].validationLoss) best = epoch
  return best
}

/** Whether so many epochs in a row have brought no better validation loss; never where no patience is given. */
export const isExhausted = (history: ReadonlyArray<HistoryLine>, patience: number | undefined): boolean =>
  patience !== undefined && history.length > 1 && history.length - 1 - bestEpoch(history) >= patience
