/** GPU slots: every GPU serves so many tasks at once; a task sees its own GPU alone. */

export interface Gpus {
  /** How many more tasks could start. */
  free(): number
  /** The GPU with the fewest tasks; there must be one free. */
  take(): string
  give(gpu: string): void
}

export function makeGpus(names: ReadonlyArray<string>, tasksPerGpu: number): Gpus {
  const tasks = new Map(names.map((name) => [name, 0]))
  return {
    free() {
      let count = 0
      for (const running of tasks.values()) count += tasksPerGpu - running
      return count
    },
    take() {
      const [[name, running]] = [...tasks].sort(([, a], [, b]) => a - b)
      tasks.set(name, running + 1)
      return name
    },
    give: (name) => void tasks.set(name, tasks.get(name)! - 1)
  }
}

/** What makes a process see this GPU alone. */
export const environmentOf = (gpu: string | undefined): Readonly<Record<string, string>> =>
  gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }
