/**
 * What a run shows on stderr while it goes: on a terminal a few lines that are drawn again, elsewhere a line an event.
 * A reader of events; it never touches the scheduler.
 */
import { clearScreenDown, moveCursor } from "node:readline"
import { stripVTControlCharacters } from "node:util"
import type { Plan } from "../graph/plan.ts"
import type { Estimate } from "../run/estimate.ts"
import type { Listener, RunEvent } from "../run/events.ts"
import { atWork, bar, clip, rowsOf } from "./drawing.ts"
import { onStderr, plural, seconds, shown, tell } from "./output.ts"

const REDRAW_MS = 100
const RUNNING_SHOWN = 6
/** With more nodes than this, plain output is a line a second rather than a line a node. */
const LINES_AT_MOST = 500

export interface ProgressOptions {
  readonly plan: Plan
  /** It has been told of each event before this is. */
  readonly estimate: Pick<Estimate, "share" | "remaining">
  /** Under a budget the total grows as portions are admitted. */
  readonly budget?: boolean
}

const columnsOf = () => process.stderr.columns || 80
const coloured = onStderr("green", "━") !== "━"
const paintBar = (done: string, rest: string) => onStderr("green", done) + onStderr("gray", rest)

interface RunningNode {
  readonly since: number
  detail: string
}

export function makeProgress(options: ProgressOptions): { readonly listen: Listener; readonly close: () => void } {
  let total = options.budget ? 0 : options.plan.runs.length
  const { estimate } = options
  const running = new Map<string, RunningNode>()
  // A terminal that cannot move its cursor gets lines, as a file does.
  const animated = process.stderr.isTTY === true && process.env.TERM !== "dumb"
  const start = performance.now()
  let done = 0
  let drawn: ReadonlyArray<number> = []
  let lastLine = start

  const erase = () => {
    if (drawn.length === 0) return
    moveCursor(process.stderr, 0, -rowsOf(drawn, columnsOf()))
    clearScreenDown(process.stderr)
    drawn = []
  }

  const summary = () => {
    const remaining = !options.budget && done === total ? undefined : estimate.remaining()
    const left = remaining === undefined ? "" : `, about ${seconds(Math.max(remaining, 1))} left`
    return `${done}/${total}, ${seconds((performance.now() - start) / 1000)}${left}`
  }

  const draw = () => {
    erase()
    const width = columnsOf() - 1
    const long = Math.min(30, Math.max(10, width - 49))
    // Full is full: not before all is done.
    const share = !options.budget && done === total ? 1 : Math.min(0.999, estimate.share())
    const lines = [`${bar(share, long, coloured ? paintBar : undefined)} ${summary()}`]
    for (const [name, { since, detail }] of [...running].slice(0, RUNNING_SHOWN)) {
      const far = detail || seconds((performance.now() - since) / 1000)
      lines.push(atWork(name, far, width, (text) => onStderr("gray", text)))
    }
    if (running.size > RUNNING_SHOWN) lines.push(`  and ${running.size - RUNNING_SHOWN} more`)
    const cut = lines.map((line) => clip(shown(line, process.stderr), width))
    process.stderr.write(cut.map((line) => `${line}\n`).join(""))
    drawn = cut.map((line) => stripVTControlCharacters(line).length)
  }

  const timer = animated && options.plan.runs.length > 0 ? setInterval(draw, REDRAW_MS) : undefined
  timer?.unref()

  const line = (text: string) => {
    erase()
    tell(text)
  }
  const finish = (event: Extract<RunEvent, { name: string }>) => {
    running.delete(event.name)
    done++
  }

  const listen: Listener = (event) => {
    switch (event.type) {
      case "plan": {
        const remaining = estimate.remaining()
        const time = remaining === undefined ? "" : `, about ${seconds(Math.max(remaining, 1))}`
        const part = options.budget ? ", as far as the budget goes" : ""
        if (event.run > 0) line(`${plural(event.run, "node")} to run${part}, ${event.reused} reused${time}`)
        break
      }
      case "admitted":
        total += event.run
        break
      case "start":
        running.set(event.name, { since: performance.now(), detail: "" })
        break
      case "progress": {
        const node = running.get(event.name)
        if (node !== undefined)
          node.detail = `${event.unit} ${event.done}/${event.total}${event.message ? `, ${event.message}` : ""}`
        break
      }
      case "done":
        finish(event)
        if (animated) break
        if (total <= LINES_AT_MOST) line(`done     ${event.name} (${seconds(event.seconds)})  ${summary()}`)
        else if (performance.now() - lastLine > 1000) {
          lastLine = performance.now()
          line(`${summary()}: ${event.name}`)
        }
        break
      case "reused":
        finish(event)
        if (!animated && total <= LINES_AT_MOST) line(`as before ${event.name}`)
        break
      case "failed":
        finish(event)
        line(`${onStderr("red", "failed")}   ${event.name}: ${event.message}`)
        break
      case "skipped":
        finish(event)
        break
      case "interrupted": {
        const parts = [
          `${event.finished} finished`,
          ...(event.goOn > 0
            ? [
                `${event.goOn} ${event.goOn === 1 ? "goes" : "go"} on from ${event.goOn === 1 ? "its" : "their"} last checkpoint`
              ]
            : []),
          `${event.left} left`
        ]
        line(`interrupted: ${parts.join(", ")}. Run again to go on.`)
        break
      }
      case "notice":
        line(onStderr("yellow", event.message))
        break
      case "published":
        if (event.written > 0) line(`wrote    ${plural(event.written, "file")} to ${event.folder}`)
        break
    }
  }
  return {
    listen,
    close() {
      clearInterval(timer)
      erase()
    }
  }
}
