/** What every view looks at: the nodes that were asked for, and what is planned for them. */
import type { Selection } from "../graph/pipeline.ts"
import type { Knowledge, Plan } from "../graph/plan.ts"

export interface Planned {
  readonly selection: Selection
  readonly knowledge: Knowledge
  readonly plan: Plan
  /** Nodes that `--where` leaves out. */
  readonly excluded: ReadonlySet<number>
}
