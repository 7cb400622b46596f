import { defineConfig } from "vitest/config"

// Tests run real commands and trainings: two files at a time on a small machine, and time enough on a busy one. The
// trainings are WASM's, so that none starts a build of native kernels; what these do is tested by test/engine/native.
export default defineConfig({
  test: {
    env: { PIPELINE_NATIVE: "off" },
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    pool: "forks"
  }
})
