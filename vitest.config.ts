import { defineConfig } from "vitest/config"

// Tests run real commands and trainings: two files at a time on a small machine. Alone, none takes longer than forty
// seconds there but those that say so: one that takes minutes hangs, on a busy machine too. The trainings are WASM's, so
// that none starts a build of native kernels; what these do is tested by test/engine/native. A cluster
// is started for tests of their own (`npm run test:slurm`).
export default defineConfig(({ mode }) => ({
  test: {
    env: { PIPELINE_NATIVE: "off" },
    include: ["test/**/*.test.ts"],
    exclude: mode === "slurm" ? [] : ["test/slurm/**"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    pool: "forks",
    // Files share what they import, and the projects that run commands (test/support/copies.ts): none changes either.
    isolate: false
  }
}))
