/** How one test ended. */
export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly seconds: number;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  return text.replace(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all);
}

/** The tests in a report of `deno test --reporter=junit`, without their steps. */
export function parseJunit(xml: string): TestResult[] {
  const results: TestResult[] = [];
  const names = new Set<string>();
  const cases = xml.matchAll(
    /<testcase name="([^"]*)" classname="([^"]*)" time="([^"]*)"[^>]*>(.*?)<\/testcase>/gs,
  );
  for (const [, title = "", suite = "", time, body = ""] of cases) {
    const [name, file] = [unescape(title), unescape(suite)];
    const test = name.split(" > ")[0]!; // a step is "test > step"
    if (test !== name && names.has(`${file}\n${test}`)) continue;
    names.add(`${file}\n${name}`);
    const outcome = body.includes("<failure")
      ? "failed"
      : body.includes("<skipped")
      ? "skipped"
      : "passed";
    results.push({ file, name, outcome, seconds: Number(time) });
  }
  return results;
}
