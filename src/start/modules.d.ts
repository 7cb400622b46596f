/** Imports a module of the project by its absolute path, or its URL. */
export declare function importModule(place: string): Promise<Readonly<Record<string, unknown>>>
/** A stack with its places in the sources. */
export declare function inSources(stack: string): string
