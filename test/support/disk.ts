/** Small disks in memory. To mount one takes root, which tests in CI are. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

const mount = (path: string, options: string) =>
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { stdio: "pipe" })

export const canMount = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false
  const path = mkdtempSync(join(tmpdir(), "pipeline-mount-"))
  try {
    mount(path, "size=64k")
    execFileSync("umount", [path])
    return true
  } catch {
    return false
  } finally {
    rmSync(path, { recursive: true })
  }
})()

/** Mounts a disk of so many bytes, and perhaps of so many files, for the time of a test. */
export function mountDisk(bytes: number, files?: number) {
  const path = mkdtempSync(join(tmpdir(), "pipeline-disk-"))
  mount(path, files === undefined ? `size=${bytes}` : `size=${bytes},nr_inodes=${files}`)
  onTestFinished(() => {
    execFileSync("umount", ["--lazy", path])
    rmSync(path, { recursive: true })
  })
  return {
    path,
    resize: (to: number) => void mount(path, `remount,size=${to}`),
    makeReadOnly: () => void mount(path, "remount,ro")
  }
}
