// All checks of the project: format, lint, types, documentation, tests. With
// --adapter lavapipe|swiftshader|chromium or --form cpu|gpu|default-limits only
// the tests that depend on it, on what stands in for other hardware.
import { join } from "@std/path";
import project from "../deno.json" with { type: "json" };
import { denoCommand } from "../cli/deno_command.ts";
import { InputError } from "../core/errors.ts";
import {
  BROWSER_TESTS,
  type Choice,
  chooseAdapter,
} from "./adapters/choice.ts";
import { parseJunit, type TestResult } from "./junit.ts";

const WORK = `.tools/test-${Deno.pid}`; // ignored by git, own to this run
const TMP = join(Deno.cwd(), WORK, "tmp");
const JUNIT = `${WORK}/junit.xml`;
const SLOWEST = 10;
/** The WGSL that compiled since the last run of all tests, for another compiler. */
const MODULES = join(Deno.cwd(), ".tools", "modules");

const entries = Object.values<string>(project.exports);

const STAGES: Readonly<Record<string, readonly string[]>> = {
  format: ["fmt", "--check"],
  lint: ["lint", "--quiet"],
  types: ["check", "--quiet", "."],
  documentation: ["doc", "--quiet", "--lint", ...entries],
};

const TMP_ENV = { TMPDIR: TMP, TMP, TEMP: TMP };

function choose(): Choice {
  try {
    return chooseAdapter(Deno.args);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(`test: ${error.message}`);
    Deno.exit(2);
  }
}

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const command = denoCommand(args, {
    stdout: "inherit",
    stderr: "inherit",
    env: { ...TMP_ENV, ...env },
  });
  return (await command.spawn().status).success;
}

/** Programs of these names that are installed. */
function installed(names: readonly string[]): string[] {
  const windows = Deno.build.os === "windows";
  const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
  return names.filter((name) =>
    folders.some((folder) => {
      try {
        return Deno.statSync(join(folder, windows ? `${name}.exe` : name))
          .isFile;
      } catch {
        return false;
      }
    })
  );
}

/** What tests may do: read and write files, run this project, serve themselves. */
function testPermissions(): string[] {
  // Deno complains about programs that it may run but cannot find.
  const programs = [
    "deno",
    ...(Deno.build.os === "windows" ? [] : ["./go", "sh"]),
    ...installed(["ffmpeg", "ffprobe", "python3"]),
  ];
  return [
    "--allow-read",
    "--allow-write", // whole: symbolic links cannot be allowed by folder
    "--allow-sys=statfs", // free space, for downloads
    "--allow-env",
    "--allow-net=127.0.0.1",
    `--allow-run=${programs.join(",")}`,
  ];
}

function readResults(): TestResult[] {
  try {
    return parseJunit(Deno.readTextFileSync(JUNIT));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

const { all, args: given, env, missing } = choose();
if (missing !== undefined) {
  console.log(`Skipped: ${missing}\n\n0 passed, 0 failed, 1 skipped`);
  Deno.exit(0);
}
Deno.mkdirSync(TMP, { recursive: true });
Deno.mkdirSync(MODULES, { recursive: true });
if (all && given.length === 0) {
  for (const { name } of Deno.readDirSync(MODULES)) {
    Deno.removeSync(join(MODULES, name));
  }
}
const failed: string[] = [];
let passed = 0;
for (const [name, args] of Object.entries(all ? STAGES : {})) {
  console.log(`== ${name}: deno ${args.join(" ")}`);
  if (await run(args)) passed++;
  else failed.push(name);
}

console.log("== tests");
const succeeded = await run([
  "test",
  "--quiet",
  "--doc",
  "--no-prompt",
  `--junit-path=${JUNIT}`,
  "--preload=tests/adapters/preload.ts",
  ...(given.includes(BROWSER_TESTS) ? ["--allow-all"] : testPermissions()),
  ...given,
], { ...env, QVGEN_MODULES: MODULES });
const results = readResults();
const failures = results.filter(({ outcome }) => outcome === "failed");
failed.push(...failures.map(({ file, name }) => `${file}: ${name}`));
passed += results.filter(({ outcome }) => outcome === "passed").length;
// A file that does not load fails without a test of its own.
if (!succeeded && failures.length === 0) failed.push("tests: see above");
Deno.removeSync(WORK, { recursive: true });

console.log("\nSlowest tests:");
const slowest = results.toSorted((a, b) => b.seconds - a.seconds);
for (const { seconds, file, name } of slowest.slice(0, SLOWEST)) {
  console.log(`${seconds.toFixed(2).padStart(8)} s  ${file}: ${name}`);
}
if (failed.length > 0) console.log(`\nFailed:\n  ${failed.join("\n  ")}`);
const skipped = results.filter(({ outcome }) => outcome === "skipped").length;
console.log(
  `\n${passed} passed, ${failed.length} failed, ${skipped} skipped`,
);
Deno.exit(failed.length > 0 ? 1 : 0);
