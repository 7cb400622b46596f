/** Types of packages.js. */
export class InstallFailed extends Error {}
export function missing(names: ReadonlyArray<string>): ReadonlyArray<string>
export function install(names: ReadonlyArray<string>): void
export function titleOf(name: string): string
export function ownNode(): string | undefined
