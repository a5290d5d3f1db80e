/** Values of module-scope WGSL constants: tile sizes and flags. */
export type Constants = Readonly<Record<string, number | boolean>>;

/**
 * Replaces the initial values of module-scope `const`s and writes out the
 * loops marked `/*unroll*\/`. The file stays valid WGSL on its own, and line
 * numbers in compiler messages stay true.
 *
 * Unrolling is textual because register tiles need constant indices on every
 * driver, and software drivers do not unroll loops of this size themselves.
 */
export function specialize(source: string, constants: Constants): string {
  for (const [name, value] of Object.entries(constants)) {
    const line = new RegExp(
      `^(const ${name}\\s*(?::\\s*\\w+)?\\s*=\\s*)[^;]+;`,
      "m",
    );
    if (!line.test(source)) {
      throw new TypeError(`Cannot specialize: no const ${name}`);
    }
    source = source.replace(line, `$1${value};`);
  }
  if (!MARK.test(source)) return source;
  source = source.replace(/\/\/[^\n]*/g, "");
  return unroll(source, moduleConstants(source));
}

const MARK = /\/\*\s*unroll\s*\*\//;
const LOOP =
  /\/\*\s*unroll\s*\*\/\s*for\s*\(\s*var\s+(\w+)\s*=\s*([^;]+);\s*(\w+)\s*<\s*([^;]+);\s*\w+\s*(?:\+\+|\+=\s*([^){]+))\s*\)\s*\{/;

type Environment = ReadonlyMap<string, number>;

function unroll(source: string, env: Environment): string {
  for (;;) {
    const m = LOOP.exec(source);
    if (!m) return source;
    const open = m.index + m[0].length;
    const close = matchingBrace(source, open);
    const body = source.slice(open, close);
    const name = m[1]!;
    const step = m[5] ? evaluate(m[5], env) : 1;
    const copies: string[] = [];
    for (let i = evaluate(m[2]!, env); i < evaluate(m[4]!, env); i += step) {
      const copy = body.replace(new RegExp(`\\b${name}\\b`, "g"), `${i}u`);
      copies.push(`{${unroll(copy, env).replace(/\s*\n\s*/g, " ")}}`);
    }
    const lines = source.slice(m.index, close + 1).split("\n").length - 1;
    source = source.slice(0, m.index) + copies.join(" ") +
      "\n".repeat(lines) + source.slice(close + 1);
  }
}

function matchingBrace(source: string, from: number): number {
  let depth = 1;
  for (let i = from; i < source.length; i++) {
    if (source[i] === "{") depth++;
    else if (source[i] === "}" && --depth === 0) return i;
  }
  throw new TypeError("Cannot specialize: an unrolled loop is not closed");
}

function moduleConstants(source: string): Environment {
  const env = new Map<string, number>();
  for (
    const m of source.matchAll(
      /^const\s+(\w+)\s*(?::\s*\w+)?\s*=\s*([^;]+);/gm,
    )
  ) {
    const value = tryEvaluate(m[2]!, env);
    if (value !== undefined) env.set(m[1]!, value);
  }
  return env;
}

function tryEvaluate(text: string, env: Environment): number | undefined {
  try {
    return evaluate(text, env);
  } catch {
    return undefined; // a bool, a vector or a call: no loop bound
  }
}

/** Integer arithmetic over known constants: + - * / % and parentheses. */
export function evaluate(text: string, env: Environment): number {
  const tokens = text.match(/\d+|[A-Za-z_]\w*|[-+*/%()]|\S/g) ?? [];
  let at = 0;
  const fail = () => {
    throw new TypeError(`Cannot specialize: "${text.trim()}" is no constant`);
  };
  const atom = (): number => {
    const token = tokens[at++];
    if (token === "(") {
      const value = sum();
      if (tokens[at++] !== ")") fail();
      return value;
    }
    if (token !== undefined && /^\d+$/.test(token)) {
      if (tokens[at] === "u" || tokens[at] === "i") at++;
      return Number(token);
    }
    return env.get(token ?? "") ?? fail()!;
  };
  const product = (): number => {
    let value = atom();
    for (;;) {
      const op = tokens[at];
      if (op === "*") at++, value *= atom();
      else if (op === "/") at++, value = Math.floor(value / atom());
      else if (op === "%") at++, value %= atom();
      else return value;
    }
  };
  const sum = (): number => {
    let value = product();
    for (;;) {
      const op = tokens[at];
      if (op === "+") at++, value += product();
      else if (op === "-") at++, value -= product();
      else return value;
    }
  };
  const value = sum();
  if (at !== tokens.length) fail();
  return value;
}
