import { InputError } from "../../core/errors.ts";

/** What stands in for hardware: a Vulkan driver, or a browser with another compiler. */
const ADAPTERS = ["lavapipe", "swiftshader", "chromium"] as const;
/** What an adapter is taken for; `default-limits` is a GPU that has no more than every one. */
const FORMS = ["cpu", "gpu", "default-limits"] as const;

/** What runs on a stand-in unless paths are given: all that depends on the adapter. */
const SELECTION = [
  "autograd",
  "gpu",
  "kernels",
  "models",
  "tests/parity_test.ts",
];
export const BROWSER_TESTS = "tests/adapters/chromium.ts";

const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  lavapipe: [
    `/usr/share/vulkan/icd.d/lvp_icd.${Deno.build.arch}.json`,
    "/usr/share/vulkan/icd.d/lvp_icd.json",
    ".tools/vk/lvp.json",
  ],
  swiftshader: [
    "/usr/lib/chromium/vk_swiftshader_icd.json",
    "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
    "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
  ],
};

/** Where Chromium is installed, if it is. */
export function findChromium(): string | undefined {
  return found(["/usr/bin/chromium", "/usr/bin/chromium-browser"]);
}

/** How tests are to be run. */
export interface Choice {
  /** Whether all checks run, not only tests on a stand-in. */
  readonly all: boolean;
  /** For `deno test`. */
  readonly args: readonly string[];
  /** Variables that choose the driver and the form. */
  readonly env: Readonly<Record<string, string>>;
  /** Why it cannot be run here. */
  readonly missing?: string;
}

/** Takes `--adapter` and `--form` out of the arguments of `test`. */
export function chooseAdapter(given: readonly string[]): Choice {
  const args = [...given];
  const adapter = take(args, "--adapter", ADAPTERS);
  const form = take(args, "--form", FORMS);
  const all = !adapter && !form;
  const env: Record<string, string> = form ? { QVGEN_FORM: form } : {};
  if (adapter === "chromium") {
    if (form) throw new InputError("Chromium's adapter takes no --form");
    const missing = findChromium() === undefined
      ? {
        missing: "Chromium is not installed (Debian: apt-get install chromium)",
      }
      : {};
    return { all, args: [BROWSER_TESTS, ...args], env, ...missing };
  }
  const selected = all || args.some((arg) => !arg.startsWith("-"))
    ? args
    : [...SELECTION, ...args];
  if (!adapter) return { all, args: selected, env };
  const driver = found(DRIVERS[adapter]!);
  if (driver === undefined) {
    const missing = `No Vulkan driver of ${adapter} was found: ${
      DRIVERS[adapter]!.join(", ")
    }`;
    return { all, args: selected, env, missing };
  }
  env.VK_DRIVER_FILES = env.VK_ICD_FILENAMES = driver;
  return { all, args: selected, env };
}

function found(paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** The value of a flag, which is taken out of `args`. */
function take<T extends string>(
  args: string[],
  flag: string,
  accepted: readonly T[],
): T | undefined {
  const at = args.findIndex((arg) =>
    arg === flag || arg.startsWith(`${flag}=`)
  );
  if (at < 0) return undefined;
  const [own, next] = args.splice(at, args[at] === flag ? 2 : 1);
  const value = own === flag ? next : own!.slice(flag.length + 1);
  const known = accepted.find((one) => one === value);
  if (known) return known;
  throw new InputError(
    `${flag} is ${value ?? "given without a value"}, accepted ${
      accepted.join(", ")
    }`,
  );
}
