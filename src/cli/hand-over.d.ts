/** Starts the command again in a process of this Node, and ends as that ends. */
export declare function handOver(node: string): void
