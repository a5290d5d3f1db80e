import { readEnv } from "../io/env.ts";

const HANGUP = 1n; // the bit of SIGHUP in a mask of signals

/**
 * Whether the program was started to outlive its terminal, as `nohup` does it:
 * with SIGHUP ignored. ./go says so in QVGEN_NOHUP: what `deno task` starts no
 * longer knows. Without it Linux tells, to programs with all permissions.
 */
export function isHangupIgnored(): boolean {
  if (readEnv("QVGEN_NOHUP") === "1") return true;
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0";
    return (BigInt(`0x${mask}`) & HANGUP) !== 0n;
  } catch {
    return false;
  }
}
