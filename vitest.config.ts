import { defineConfig } from "vitest/config"

// Tests run real commands and trainings: two files at a time on a small machine, and time enough on a busy one.
export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 300_000, maxWorkers: 2, pool: "forks" }
})
