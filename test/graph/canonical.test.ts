/** The canonical text of parameters, which enters keys: equal values have one text, others another. */
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { briefly, canonical, canonicalWithout, equalJson, sortNames } from "../../src/graph/canonical.ts"

test("texts are fixed for good: keys are made of them", () => {
  const cases: ReadonlyArray<readonly [unknown, string]> = [
    [{ b: 1, a: [true, null, "ü\n"], c: { z: 0.1, y: -0 } }, '{"a":[true,null,"ü\\n"],"b":1,"c":{"y":0,"z":0.1}}'],
    [{ ten: 1, Ten: 2, é: 3, "": 4 }, '{"":4,"Ten":2,"ten":1,"é":3}'],
    [[1e21, 1e-7, 123456789012, 5e-324], "[1e+21,1e-7,123456789012,5e-324]"],
    [{ a: undefined, b: [] }, '{"b":[]}'],
    ["</script>", '"</script>"']
  ]
  for (const [value, text] of cases) expect(canonical(value)).toBe(text)
})

test("what JSON cannot hold is refused, however deep", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, Symbol("a")])
    for (const given of [value, [value], { a: { b: [value] } }]) expect(() => canonical(given)).toThrow(TypeError)
})

/** The same value with its members in another order. */
const turned = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(turned)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, member]) => [name, turned(member)])
        )
      : value

test("any JSON value comes back from its text, which does not depend on the order of members", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3, noUnicodeString: false }), (value) => {
      expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonical(turned(value))).toBe(canonical(value))
      expect(equalJson(value, turned(value))).toBe(true)
    })
  )
})

test("two values have one text where they are equal, and nowhere else", () => {
  const small = fc.jsonValue({ maxDepth: 1 })
  fc.assert(
    fc.property(small, small, (a, b) => {
      expect(canonical(a) === canonical(b)).toBe(equalJson(JSON.parse(canonical(a)), JSON.parse(canonical(b))))
    })
  )
  expect(equalJson([], {})).toBe(false)
  expect(equalJson({ a: 1, b: 2 }, { a: 1, c: 2 })).toBe(false)
  expect(equalJson({ a: 1 }, { a: 1, b: undefined })).toBe(false)
})

test("members are left out by name and text, and nothing else of the text changes", () => {
  const record = { depth: 2, shade: "grey", size: 3 }
  expect(canonicalWithout(record, (name, text) => name === "shade" && text === '"grey"')).toBe('{"depth":2,"size":3}')
  expect(canonicalWithout(record, (name, text) => name === "shade" && text === '"red"')).toBe(canonical(record))
  expect(canonicalWithout(record, () => true)).toBe("{}")
})

test("names are sorted as `sort` does, few or many", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 80 }), (names) => {
      expect(sortNames([...names])).toEqual([...names].sort())
    })
  )
})

test("short texts are equal for equal records of the same objects, and for no others", () => {
  const [source, other] = [{ name: "a" }, { name: "a" }]
  expect(briefly({ size: 1, source })).toBe(briefly({ size: 1, source }))
  const different = [
    { size: 1, source: other },
    { size: "1", source },
    { size: 1 },
    { source, size: 2 },
    { size: null, source }
  ]
  expect(new Set([{ size: 1, source }, ...different].map(briefly)).size).toBe(1 + different.length)
  expect(briefly({ a: 'x"=1 ' })).not.toBe(briefly({ a: "x", "": 1 }))
})
