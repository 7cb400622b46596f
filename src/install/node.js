// After `npm install`: the Node that the project runs on, where the system's is too old. Where that cannot be had now, the
// first command tries again, and says why not.
import { installNode, nodeServes, ownNode } from "./packages.js"

try {
  if (ownNode() === undefined && !nodeServes()) installNode() // npm has removed the links to an earlier one
} catch {}
