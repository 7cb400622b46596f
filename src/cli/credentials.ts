/**
 * Credentials for remotes: from the environment, or from a file of the user's own. They are in no setting that is printed,
 * no address, no log, no trace; and what this program starts does not inherit them.
 */
import { readFileSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { problemOf } from "../cache/errors.ts"
import type { Credentials } from "../cache/remote/http.ts"
import { UsageError } from "./errors.ts"

/** Taken out of the environment as soon as this is loaded, before any worker is started. */
const taken = ["PIPELINE_REMOTE_TOKEN", "PIPELINE_REMOTE_USER", "PIPELINE_REMOTE_PASSWORD"].map((name) => {
  const value = process.env[name]
  delete process.env[name]
  return value === "" ? undefined : value
})

/** `~/.config/pipeline`, or where $XDG_CONFIG_HOME says. */
const userFolder = (): string => join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "pipeline")

export const signingKeyFile = (): string => join(userFolder(), "signing-key.pem")
export const credentialsFile = (): string => join(userFolder(), "remotes.json")

const isListed = Schema.is(
  Schema.Record(
    Schema.String,
    Schema.Union([
      Schema.Struct({ token: Schema.NonEmptyString }),
      Schema.Struct({ user: Schema.NonEmptyString, password: Schema.String })
    ])
  )
)

/** What a server is to be told: by the environment, or by the longest address in the file that it begins with. */
export function credentialsFor(url: URL): Credentials | undefined {
  const [token, user, password] = taken
  if (token !== undefined) return { token }
  if (user !== undefined) return { user, password: password ?? "" }
  const listed = readListed(credentialsFile())
  const fits = (address: string) => `${url.href}/`.startsWith(`${address.replace(/\/*$/, "")}/`)
  const [best] = Object.keys(listed)
    .filter(fits)
    .sort((a, b) => b.length - a.length)
  return best === undefined ? undefined : listed[best]
}

/** Throws `UsageError`, which repeats nothing of what the file says. */
function readListed(path: string): Readonly<Record<string, Credentials>> {
  const wrong = (problem: string) => new UsageError({ problem: `${path}: ${problem}` })
  let text: string
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw wrong("others may read it; expected a file of your own (chmod 600)")
    text = readFileSync(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {}
    throw error instanceof UsageError ? error : wrong(problemOf(error))
  }
  const expected = `expected { "https://HOST/": { "token": "…" } }, or "user" and "password"`
  try {
    const value: unknown = JSON.parse(text)
    if (isListed(value)) return value
  } catch {}
  throw wrong(expected)
}
