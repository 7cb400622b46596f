/**
 * Whether a folder lies on a network file system. LMDB maps its files into memory and locks them: shared by machines that
 * do not share that memory, they are spoilt without a word. What several machines are to share is a remote (remote/).
 */
import { readFileSync, realpathSync, statfsSync } from "node:fs"
import { dirname, sep } from "node:path"

/** `statfs`'s numbers (linux/magic.h and the file systems' own sources). */
const TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0xaad7aaea, "PanFS"],
  [0x20030528, "OrangeFS"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"]
])

/** Behind FUSE may be anything; the mount says what. */
const FUSE = 0x65735546
const OVER_NETWORK =
  /^fuse\.(sshfs|glusterfs|ceph|s3fs|rclone|gcsfuse|goofys|juicefs|davfs2?|curlftpfs|moosefs|mfs|lizardfs|beegfs|lustre|mount-s3|cvmfs2?|afs|nfs.*|smb.*)$/i

/** What kind of network file system a folder lies on, or the one above that is there; undefined where it is local. */
export function networkFileSystem(folder: string): string | undefined {
  if (process.platform !== "linux") return undefined // elsewhere the numbers mean something else
  const place = nearestThere(folder)
  const type = statfsSync(place).type >>> 0
  if (type !== FUSE) return TYPES.get(type)
  const kind = mountedAs(place, readMounts())
  return kind !== undefined && OVER_NETWORK.test(kind) ? kind.toUpperCase().replace("FUSE.", "FUSE ") : undefined
}

function nearestThere(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (error) {
    const above = dirname(folder)
    if (above === folder) throw error
    return nearestThere(above)
  }
}

function readMounts(): string {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8")
  } catch {
    return ""
  }
}

/**
 * The type of the file system that a path is on: of the last mount whose point is the longest above it. `mounts`: lines as
 * in /proc/self/mountinfo (proc_pid_mountinfo(5)).
 */
export function mountedAs(path: string, mounts: string): string | undefined {
  let found: { readonly point: string; readonly type: string } | undefined
  for (const line of mounts.split("\n")) {
    const [before, after = ""] = line.split(" - ")
    const point = before
      .split(" ")[4]
      ?.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)))
    const type = after.split(" ")[0]
    if (point === undefined || type === "") continue
    const holds = path === point || path.startsWith(point.endsWith(sep) ? point : `${point}${sep}`)
    if (holds && point.length >= (found?.point.length ?? 0)) found = { point, type }
  }
  return found?.type
}
