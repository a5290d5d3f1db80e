import about from "../deno.json" with { type: "json" };
import { readEnv } from "../io/env.ts";

/** How users start commands here: `./go`, which says so in QVGEN_CALL, or `deno task`. */
export function programCall(): string {
  return readEnv("QVGEN_CALL") || "deno task";
}

/** How the same Deno is started for anything else: `./go deno` or `deno`. */
export function denoCall(): string {
  return programCall() === "./go" ? "./go deno" : "deno";
}

/** `qvgen 0.1.0` */
export const VERSION = `qvgen ${about.version}`;
