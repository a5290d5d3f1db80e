import { readEnv } from "./env.ts";

const HANGUP = 1n; // the bit of SIGHUP in a mask of signals

/**
 * Whether the program was started to outlive its terminal, as `nohup` does it:
 * with SIGHUP ignored. Only Linux tells, and only to those with all permissions;
 * a task asks hangup_task.ts and hands the answer down in QVGEN_NOHUP.
 */
export function isHangupIgnored(): boolean {
  const told = readEnv("QVGEN_NOHUP");
  if (told) return told === "1";
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0";
    return (BigInt(`0x${mask}`) & HANGUP) !== 0n;
  } catch {
    return false;
  }
}
