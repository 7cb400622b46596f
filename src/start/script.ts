/** Node's flags for a script of the project that runs in a process of its own: it starts out of its bundle. */
export const fromBundle: ReadonlyArray<string> = ["--import", new URL("./preload.js", import.meta.url).href]
