/** A path is a pattern of which every character means itself, on every system. */
import { expect, test } from "vitest"
import { asPattern, pathProblem, plainPath, projectPath } from "../../src/graph/paths.ts"

const NAMES = ["faces (1).idx", "set{a,b}.idx", "a\\b.idx", "a\\", "[1].idx", "!x", "@(x)+(y)", "**", "日本", " x "]

test.for(NAMES)("the name %s is a path", (name) => {
  expect(plainPath(asPattern(`data/${name}`, "linux"))).toBe(`data/${name}`)
})

test("on Windows both slashes part folders", () => {
  expect(asPattern("data\\set (1)\\x.idx", "win32")).toBe("data/set \\(1\\)/x.idx")
  expect(projectPath("data\\.\\\\x.idx", "win32")).toBe("data/x.idx")
})

test("patterns that may mean several files are no paths", () => {
  for (const pattern of ["*.txt", "data/[ab].txt", "{a,b}", "a?b", "!a", "+(a)", "\\(1)*"])
    expect(plainPath(pattern), pattern).toBeUndefined()
})

test("one file has one path, however it is spelled", () => {
  for (const path of ["data/x", "./data//x", "data/./x", "data/y/../x"])
    expect(projectPath(path, "linux")).toBe("data/x")
})

test("what is no path of a file in the project is told of", () => {
  expect(pathProblem("/data/x")).toContain("is absolute")
  expect(pathProblem("data/")).toContain("ends with a slash")
  expect(pathProblem("")).toBe("is empty")
  expect(pathProblem("data\0x")).toContain("NUL")
  for (const path of ["data/x", "../x", "a\\b", ...NAMES]) expect(pathProblem(path), path).toBeUndefined()
})
