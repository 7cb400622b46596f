/** How a remote is named: a folder, `https://HOST/PATH`, or (for push and pull) `ssh://HOST/PATH`. */
import { homedir } from "node:os"
import { resolve } from "node:path"

export type Address =
  | { readonly kind: "folder"; readonly path: string } // absolute
  | { readonly kind: "http"; readonly url: URL }
  | SshAddress

export interface SshAddress {
  readonly kind: "ssh"
  /** HOST or USER@HOST */
  readonly host: string
  readonly port: number | undefined
  /** Absolute, or relative to the home there. */
  readonly path: string
}

const EXPECTED = "expected a folder that machines share (/mnt/shared, ./shared) or an address (https://HOST/PATH)"

/** The address in a text, or what keeps it from being one; nothing of a password that stands in it is repeated. */
export function readAddress(text: string, from = process.cwd()): Address | string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1].toLowerCase()
  if (scheme === undefined) {
    // A bare word may be a target that was meant, and a folder of its name would be made.
    if (!text.includes("/")) return text === "" ? EXPECTED : `${EXPECTED}; a folder beside this one is ./${text}`
    return { kind: "folder", path: resolve(from, text.replace(/^~(?=\/)/, homedir())) }
  }
  if (!["http", "https", "ssh"].includes(scheme)) return `${EXPECTED}, found the scheme ${scheme}`
  const url = URL.parse(text)
  if (url === null || url.hostname === "") return `${EXPECTED}, found no address that can be read`
  if (url.password !== "" || (url.username !== "" && scheme !== "ssh"))
    return "credentials do not belong into an address, which shows them to everybody: they go into PIPELINE_REMOTE_TOKEN, or PIPELINE_REMOTE_USER and PIPELINE_REMOTE_PASSWORD"
  if (url.search !== "" || url.hash !== "") return "expected an address without ? and #"
  return scheme === "ssh" ? sshAddress(url) : { kind: "http", url }
}

function sshAddress({ hostname, username, port, pathname }: URL): SshAddress | string {
  let path: string
  try {
    path = decodeURIComponent(pathname).replace(/^\/~\//, "")
  } catch {
    return "expected a path that can be read (% begins a code)"
  }
  if (path === "" || path === "/") return "expected ssh://HOST/PATH, with the path of a folder"
  // What begins with - would be an option of ssh or rsync.
  if ([hostname, username, path].some((part) => part.startsWith("-"))) return "no part of it may begin with -"
  const host = username === "" ? hostname : `${decodeURIComponent(username)}@${hostname}`
  return { kind: "ssh", host, port: port === "" ? undefined : Number(port), path }
}

/** How it is called in messages. */
export function nameOf(address: Address): string {
  if (address.kind === "folder") return address.path
  if (address.kind === "http") return address.url.href.replace(/\/*$/, "")
  const { host, port, path } = address
  return `ssh://${host}${port === undefined ? "" : `:${port}`}/${path.startsWith("/") ? path.slice(1) : `~/${path}`}`
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Whether what is sent there can be read on the way. */
export const isOpen = ({ protocol, hostname }: URL): boolean => protocol === "http:" && !LOOPBACK.test(hostname)
