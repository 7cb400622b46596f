/**
 * From the kernels (AssemblyScript, ../wasm/kernels) to C, for processors with wider vectors than WebAssembly has.
 * Plain JavaScript, because ../wasm/build.mjs calls it in `npm install`.
 *
 * AssemblyScript's own parser reads an entry and what it reaches. A module's variables become fields of an instance
 * (FIELD, c/numbers.h), functions get the instance as first argument, addresses have 64 bits, and a vector is of type
 * v128, the lanes of BLOCKS blocks. Types are left to C (`__auto_type`). Branches that the build's constants decide are
 * cut, so what stands in them need not be known. A construct that is not known is an error with file and line.
 */
import * as as from "assemblyscript"

const { NodeKind: K, LiteralKind, CommonFlags } = as
const token = as.operatorTokenToString

/** Functions that know how many blocks lie side by side, or name an instruction: written in C (c/lanes.h). */
const IN_C = new Set([
  ...[
    "real_madd",
    "real_held",
    "real_splatLane",
    "real_copyLanes",
    "gather_fourPixels",
    "gather_scaled",
    "memory_reserve"
  ],
  ...["activation_keepBits", "activation_loadBits", "ahead_prefetch", "analysis_innerProducts"],
  ...["loadPart", "storePart", "addParts", "maddParts"].map((name) => `parts_${name}`),
  ...["loadPair", "loadTwice", "storePair", "addPairs", "maddPairs"].map((name) => `parts_${name}`),
  ...["addOne", "addHalves", "addQuad", "addPair"].map((name) => `winograd_products_${name}`)
])
/** Arguments that C wants where AssemblyScript has a default. */
const ARITY = { load: 2, store: 3, "v128.load": 2, "v128.store": 3, "v128.load_splat": 2 }
/** Names that mean something else in C. */
const RESERVED = new Set(
  "auto char double float int long register short signed unsigned S real integer usize".split(" ")
)
const safe = (name) => (RESERVED.has(name) ? `${name}_` : name)

function fail(node, what = K[node.kind]) {
  const { source, start } = node.range
  throw new Error(`${source.normalizedPath}, line ${source.lineAt(start)}: ${what} is not translated to C`)
}

const type = (node) => (node.name === undefined ? fail(node) : node.name.identifier.text)
const suffix = (node) => (node.typeArguments ?? []).map((argument) => `_${type(argument)}`).join("")

/**
 * The modules that an entry reaches: name → { name, prefix, symbols, exports }, and the names of functions that it exports
 * again.
 */
function readModules(entry, textOf, fileOf) {
  const program = as.newProgram(as.newOptions())
  const modules = new Map()
  const kept = new Set()
  const read = (name) => {
    if (modules.has(name)) return modules.get(name)
    const path = `${name}.ts`
    const prefix = fileOf(path).replace(/\.ts$/, "").replaceAll("-", "_")
    const module = { name, prefix, symbols: new Map(), exports: new Set() }
    modules.set(name, module)
    as.parse(program, textOf(path), path, name === entry)
    for (let wrong = as.nextDiagnostic(program); wrong; wrong = as.nextDiagnostic(program))
      if (as.isError(wrong)) throw new Error(as.formatDiagnostic(wrong))
    const { statements } = program.sources.find((source) => source.normalizedPath === path)
    for (const statement of statements) {
      const from = statement.path && read(/([\w-]+)$/.exec(statement.path.value)[1])
      declare(module, statement, from, name === entry ? kept : undefined)
    }
    return module
  }
  read(entry)
  return { modules, kept }
}

/** Notes what a statement of a module's top level declares. `kept`: where the entry's exports of others go. */
function declare(module, statement, from, kept) {
  const own = (name, symbol) => {
    module.symbols.set(name, () => symbol)
    if (symbol.node.is(CommonFlags.Export)) module.exports.add(name)
  }
  const again = (name, as) => {
    const get = from.symbols.get(name)
    module.symbols.set(as, () => get())
    module.exports.add(as)
    return get
  }
  if (statement.kind === K.Import)
    for (const { name, foreignName } of statement.declarations)
      module.symbols.set(name.text, () => from.symbols.get(foreignName.text)())
  else if (statement.kind === K.Export) {
    const members = statement.members?.map(({ localName, exportedName }) => [localName.text, exportedName.text])
    for (const [name, as] of members ?? [...from.exports].map((name) => [name, name])) {
      const get = again(name, as)
      kept?.add(get().c)
    }
  } else if (statement.kind === K.TypeDeclaration)
    return // a name of C's
  else if (statement.kind === K.FunctionDeclaration)
    own(statement.name.text, {
      kind: "function",
      c: `${module.prefix}_${statement.name.text}`,
      node: statement,
      module
    })
  else if (statement.kind === K.Variable)
    for (const node of statement.declarations)
      own(node.name.text, { kind: kindOf(node), c: `${module.prefix}_${node.name.text}`, node, module })
  else fail(statement)
}

/** What a variable of a module becomes: numbers of a table, bytes or a number of an instance, or a constant. */
function kindOf(node) {
  const { initializer } = node
  if (initializer?.kind === K.Call && initializer.expression.property?.text === "data") {
    const [first] = initializer.args
    return first.kind === K.Literal && first.literalKind === LiteralKind.Array ? "table" : "data"
  }
  return node.is(CommonFlags.Const) ? "constant" : "field"
}

/** Expressions and statements of one module's functions. */
class Writer {
  /** `constants`: what the build decides, by the text that stands for it. */
  constructor(constants) {
    this.constants = constants
    this.module = undefined
    this.scopes = []
  }

  isLocal = (name) => this.scopes.some((scope) => scope.has(name))
  local(name) {
    this.scopes.at(-1).add(name)
    return safe(name)
  }
  scoped(write) {
    this.scopes.push(new Set())
    const text = write()
    this.scopes.pop()
    return text
  }
  symbol = (name) => (this.isLocal(name) ? undefined : this.module.symbols.get(name)?.())

  /** The value of an expression that the build's constants decide, or undefined. */
  decided(node) {
    if (node.kind === K.Parenthesized) return this.decided(node.expression)
    if (node.kind === K.Identifier && !this.isLocal(node.text)) return this.constants[node.text]
    if (node.kind === K.Literal && node.literalKind === LiteralKind.Integer) return Number(node.value.toString())
    if (node.kind === K.Call && node.expression.text === "sizeof")
      return this.constants[`sizeof<${type(node.typeArguments[0])}>()`]
    if (node.kind === K.UnaryPrefix && token(node.operator) === "!") {
      const value = this.decided(node.operand)
      return value === undefined ? undefined : Number(!value)
    }
    if (node.kind !== K.Binary) return undefined
    const [a, b] = [this.decided(node.left), this.decided(node.right)]
    const operator = token(node.operator)
    if (operator === "&&" && (a === 0 || b === 0)) return 0
    if (a === undefined || b === undefined) return undefined
    return { "==": Number(a === b), ">": Number(a > b), "<": Number(a < b), "&&": Number(a && b) }[operator]
  }

  literal(node) {
    if (node.literalKind === LiteralKind.Float)
      return Number.isInteger(node.value) && !`${node.value}`.includes("e") ? `${node.value}.0` : `${node.value}`
    if (node.literalKind !== LiteralKind.Integer) fail(node)
    const value = BigInt(node.value.toString())
    return value > 0x7fffffffn ? `0x${value.toString(16)}u${value > 0xffffffffn ? "ll" : ""}` : `${value}`
  }

  expression(node) {
    switch (node.kind) {
      case K.Identifier:
        return this.identifier(node.text)
      case K.Literal:
        return this.literal(node)
      case K.True:
        return "1"
      case K.False:
        return "0"
      case K.Parenthesized:
        return `(${this.expression(node.expression)})`
      case K.Assertion:
        return `((${type(node.toType)})${this.operand(node.expression)})`
      case K.Binary:
        return `${this.operand(node.left)} ${token(node.operator)} ${this.operand(node.right)}`
      case K.Comma:
        return node.expressions.map((one) => this.expression(one)).join(", ")
      case K.Ternary: {
        const value = this.decided(node.condition)
        if (value !== undefined) return this.operand(value ? node.ifThen : node.ifElse)
        return `${this.operand(node.condition)} ? ${this.operand(node.ifThen)} : ${this.operand(node.ifElse)}`
      }
      case K.UnaryPrefix:
        return `${token(node.operator)}${this.operand(node.operand)}`
      case K.UnaryPostfix:
        return `${this.operand(node.operand)}${token(node.operator)}`
      case K.Call:
        return this.call(node)
      default:
        return fail(node)
    }
  }

  identifier(name) {
    if (this.isLocal(name)) return safe(name)
    const symbol = this.symbol(name)
    if (symbol === undefined) return name // of the build, or of the language
    const { kind, c } = symbol
    return { field: `VAR(${c})`, data: `DATA(${c})`, table: `((usize)${c})` }[kind] ?? c
  }

  /** An expression, in parentheses unless it needs none. */
  operand(node) {
    const simple = [K.Identifier, K.Literal, K.Parenthesized, K.Assertion, K.Call, K.True, K.False]
    const text = this.expression(node)
    return simple.includes(node.kind) ? text : `(${text})`
  }

  call(node) {
    const callee = node.expression
    const args = node.args.map((argument) => this.expression(argument))
    const symbol = callee.kind === K.Identifier ? this.symbol(callee.text) : undefined
    if (symbol) {
      const { parameters } = symbol.node.signature
      for (let i = args.length; i < parameters.length; i++) args.push(this.expression(parameters[i].initializer))
      return args.length > 0 ? `${symbol.c}(PASS ${args.join(", ")})` : `${symbol.c}(PASS0)`
    }
    const name = callee.kind === K.PropertyAccess ? `${callee.expression.text}.${callee.property.text}` : callee.text
    if (name === undefined) fail(callee)
    if (name === "sizeof") return `sizeof(${type(node.typeArguments[0])})`
    while (args.length < ARITY[name]) args.push("0")
    return `${name.replace(".", "_")}${suffix(node)}(${args.join(", ")})`
  }

  /** The variables of a statement, a C statement each. */
  variables(node) {
    const each = node.declarations.map((declaration) => {
      const { initializer } = declaration
      const value = initializer && this.expression(initializer) // before the name is known
      const isInteger = initializer?.kind === K.Literal && initializer.literalKind === LiteralKind.Integer
      const c = declaration.type ? type(declaration.type) : isInteger ? "i32" : "__auto_type"
      return `${c} ${this.local(declaration.name.text)}${value ? ` = ${value}` : ""};`
    })
    return each.join(" ")
  }

  /** Statements up to the first after which none is reached. */
  reached(statements) {
    const ends = (node) =>
      node.kind === K.Return ||
      (node.kind === K.Block && node.statements.length > 0 && ends(node.statements.at(-1))) ||
      (node.kind === K.If && this.decided(node.condition) > 0 && ends(node.ifTrue))
    const last = statements.findIndex(ends)
    return last < 0 ? statements : statements.slice(0, last + 1)
  }

  statement(node) {
    switch (node.kind) {
      case K.Block:
        return this.scoped(
          () =>
            `{\n${this.reached(node.statements)
              .map((one) => this.statement(one))
              .join("\n")}\n}`
        )
      case K.Expression:
        return `${this.expression(node.expression)};`
      case K.Variable:
        return this.variables(node)
      case K.Return:
        return node.value ? `return ${this.expression(node.value)};` : "return;"
      case K.Break:
        return "break;"
      case K.Continue:
        return "continue;"
      case K.Empty:
        return ";"
      case K.If: {
        const value = this.decided(node.condition)
        if (value !== undefined)
          return value ? this.statement(node.ifTrue) : node.ifFalse ? this.statement(node.ifFalse) : ";"
        const otherwise = node.ifFalse ? ` else ${this.body(node.ifFalse)}` : ""
        return `if (${this.expression(node.condition)}) ${this.body(node.ifTrue)}${otherwise}`
      }
      case K.While:
        return `while (${this.expression(node.condition)}) ${this.body(node.body)}`
      case K.Do:
        return `do ${this.body(node.body)} while (${this.expression(node.condition)});`
      case K.For:
        return this.scoped(() => {
          const first = node.initializer ? this.statement(node.initializer) : ""
          const [condition, step] = [node.condition, node.incrementor].map((part) =>
            part ? this.expression(part) : ""
          )
          return `{ ${first} for (; ${condition}; ${step}) ${this.body(node.body)} }`
        })
      default:
        return fail(node)
    }
  }

  body(node) {
    return this.scoped(() => (node.kind === K.Block ? this.statement(node) : `{ ${this.statement(node)} }`))
  }

  /** Head and body of a function. */
  function({ c, node, module }, linkage) {
    const { parameters, returnType } = node.signature
    this.module = module
    this.scopes = [new Set()]
    const list = parameters.map((parameter) => `${type(parameter.type)} ${this.local(parameter.name.text)}`)
    const head = `${linkage} ${type(returnType)} ${c}(${list.length > 0 ? `ARG ${list.join(", ")}` : "ARG0"})`
    return { head, body: IN_C.has(c) ? undefined : this.statement(node.body) }
  }

  /** An expression of a module's top level. */
  constant(module, node) {
    this.module = module
    this.scopes = []
    return this.expression(node)
  }
}

/** How an export is called: arguments and result are f64, addresses are offsets in the instance's memory. */
function wrapper({ c, node }) {
  const { parameters, returnType } = node.signature
  const args = parameters
    .map(({ type: t }, i) => `, ${type(t) === "usize" ? `ADDRESS(a[${i}])` : `(${type(t)})a[${i}]`}`)
    .join("")
  const called = `${c}(S${args})`
  const result = type(returnType)
  if (result === "void") return `${called}; return 0;`
  return `return (double)${result === "usize" ? `OFFSET(${called})` : called};`
}

/**
 * An entry's C text. `textOf`: the text of a file of kernels; `real`: f32 or f64; `fileOf`: the name of the file where another
 * one stands in its place. Throws with file and line where something is not known.
 */
export function translate(entry, textOf, real, fileOf = (path) => path) {
  const { modules, kept } = readModules(entry, textOf, fileOf)
  const constants = { LANES: real === "f32" ? 4 : 2, FUSED: 1, NATIVE: 1, "sizeof<real>()": real === "f32" ? 4 : 8 }
  const writer = new Writer(constants)
  const out = { constants: [], tables: [], fields: [], initial: [], heads: [], bodies: [], calls: [], entries: [] }
  for (const module of modules.values())
    for (const symbol of new Set([...module.symbols.values()].map((get) => get()))) {
      if (symbol.module !== module) continue
      const { kind, c, node } = symbol
      const { initializer } = node
      if (kind === "function") {
        const isEntry = (module.name === entry && node.is(CommonFlags.Export)) || kept.has(c)
        const isInline = node.decorators?.some((decorator) => decorator.name.text === "inline")
        const { head, body } = writer.function(symbol, isInline ? "INLINE" : isEntry ? "KEPT" : "LOCAL")
        out.heads.push(`${head};`)
        if (body !== undefined) out.bodies.push(`${head} ${body}`)
        if (!isEntry || node.signature.parameters.some((one) => type(one.type) === "v128")) continue
        const name = node.name.text
        out.calls.push(`static double call_${name}(struct instance *S, const double *a) { ${wrapper(symbol)} }`)
        out.entries.push(`{ "${name}", call_${name}, ${node.signature.parameters.length} },`)
      } else if (kind === "constant") {
        const value = constants[node.name.text] ?? writer.constant(module, initializer)
        out.constants.push(`#define ${c} ((${node.type ? type(node.type) : "i32"})(${value}))`)
      } else if (kind === "table") {
        const values = initializer.args[0].elementExpressions.map((one) => writer.constant(module, one)).join(", ")
        out.tables.push(`static const ${suffix(initializer).slice(1)} ${c}[] ALIGNED = { ${values} };`)
      } else if (kind === "data") out.fields.push(`BYTES(${c}, ${writer.constant(module, initializer.args[0])})`)
      else {
        out.fields.push(`FIELD(${type(node.type)}, ${c})`)
        const value = writer.constant(module, initializer)
        if (value !== "0") out.initial.push(`VAR(${c}) = ${value};`)
      }
    }
  const reached = [...modules.values()].map(({ prefix }) => `#define HAS_${prefix} 1`)
  return assemble({ ...out, reached, setup: modules.get(entry).symbols.get("setup")().c }, real)
}

const assemble = (out, real) =>
  [
    "// Made by translate.mjs of the kernels.",
    `#define REAL_${real}`,
    ...[
      ...out.reached,
      '#include "numbers.h"',
      ...out.constants,
      ...out.tables,
      "INSTANCE_BEGIN",
      ...out.fields,
      "INSTANCE_END"
    ],
    ...[...out.heads, '#include "lanes.h"', ...out.bodies],
    `LOCAL void initialize(ARG0) { ${out.initial.join(" ")} }`,
    `#define setup ${out.setup}`,
    ...[...out.calls, "static const struct entry ENTRIES[] = {", ...out.entries, "};", '#include "addon.h"', ""]
  ].join("\n")
