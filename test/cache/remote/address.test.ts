/** How remotes are named, and on which file systems a local cache may lie. */
import { homedir } from "node:os"
import { expect, test } from "vitest"
import { mountedAs, networkFileSystem } from "../../../src/cache/network-folder.ts"
import { isOpen, nameOf, readAddress } from "../../../src/cache/remote/address.ts"
import { folderOf } from "../../support/folder.ts"

test("folders, and addresses of http and ssh", () => {
  const named = (text: string) => {
    const address = readAddress(text, "/here")
    return typeof address === "string" ? address : `${address.kind} ${nameOf(address)}`
  }
  expect(named("/mnt/shared/")).toBe("folder /mnt/shared")
  expect(named("./shared")).toBe("folder /here/shared")
  expect(named("../a/b")).toBe("folder /a/b")
  expect(named("~/shared")).toBe(`folder ${homedir()}/shared`)
  expect(named("https://host/results//")).toBe("http https://host/results")
  expect(named("HTTP://Host:8080")).toBe("http http://host:8080")
  expect(named("ssh://me@host:2222/srv/results")).toBe("ssh ssh://me@host:2222/srv/results")
  expect(named("ssh://host/~/results")).toBe("ssh ssh://host/~/results")
  expect(readAddress("ssh://me@host:2222/srv/results")).toEqual({
    kind: "ssh",
    host: "me@host",
    port: 2222,
    path: "/srv/results"
  })
  expect(readAddress("ssh://host/~/results")).toMatchObject({ path: "results" })
})

test("what is none is said to be none, and no password is repeated", () => {
  const problem = (text: string) => {
    const address = readAddress(text)
    return typeof address === "string" ? address : "none"
  }
  expect(problem("")).toContain("expected a folder that machines share")
  expect(problem("quick")).toContain("a folder beside this one is ./quick")
  expect(problem("ftp://host/x")).toContain("found the scheme ftp")
  expect(problem("https://")).toContain("no address that can be read")
  expect(problem("https://host/?a=1")).toContain("without ? and #")
  expect(problem("ssh://host")).toContain("with the path of a folder")
  for (const text of ["ssh://-oProxyCommand=x/y", "ssh://host/~/-x"]) expect(problem(text)).not.toBe("none")
  for (const text of ["https://me:hunter2@host/x", "https://hunter2@host/x", "ssh://me:hunter2@host/x"]) {
    expect(problem(text)).toContain("PIPELINE_REMOTE_TOKEN")
    expect(problem(text)).not.toContain("hunter2")
  }
  const open = (text: string) => isOpen(new URL(text))
  expect(["http://host/", "http://127.0.0.1:80/", "http://localhost/", "https://host/"].map(open)).toEqual([
    true,
    false,
    false,
    false
  ])
})

test("what a folder lies on is told by the mount that is nearest above it", () => {
  const mounts = [
    "22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "30 22 0:40 / /home rw - nfs4 server:/home rw",
    "31 30 0:41 / /home/me/my\\040files rw - fuse.sshfs me@host: rw",
    "32 22 0:42 / /home/local rw shared:2 master:1 - tmpfs tmpfs rw"
  ].join("\n")
  const on = (path: string) => mountedAs(path, mounts)
  expect(["/", "/homely/x", "/home", "/home/you/x", "/home/local/x", "/home/me/my files/cache"].map(on)).toEqual([
    "ext4",
    "ext4",
    "nfs4",
    "nfs4",
    "tmpfs",
    "fuse.sshfs"
  ])
  expect(networkFileSystem(`${folderOf({})}/not/there`)).toBeUndefined()
})
