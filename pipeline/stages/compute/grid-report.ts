import type { Compute } from "../../../src/graph/compute.ts"

const compute: Compute = () => ({})
export default compute
