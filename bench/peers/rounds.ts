import { isObject } from "../../core/json.ts";
import { type Contender, CONTENDERS } from "./contenders.ts";

/** A number of one contender in one round. */
export interface Measured {
  readonly round: number;
  readonly contender: string;
  readonly op: string;
  /** Milliseconds of one run, seen from outside; its least. */
  readonly ms?: number;
  readonly least?: number;
  /** Milliseconds on the device alone, of rows that are compared with our own. */
  readonly device?: number;
  /** What is not a time: dispatches, bytes, operations a second. */
  readonly value?: number;
  /** Why there is no number. */
  readonly error?: string;
}

/** The lines of one contender's turn; what it could not run has `error`. */
export async function turn(
  contender: Contender,
  round: number,
  command: Deno.Command,
): Promise<Measured[]> {
  const base = { round, contender: contender.name };
  let output: Deno.CommandOutput;
  try {
    output = await command.output();
  } catch (error) {
    return [{ ...base, op: "start", error: String(error) }];
  }
  const lines = new TextDecoder().decode(output.stdout).split("\n")
    .flatMap((line) => {
      const read = numbersIn(line);
      return read ? [{ ...read, ...base }] : [];
    });
  if (output.success) return lines;
  const last = new TextDecoder().decode(output.stderr).trim().split("\n").at(
    -1,
  );
  const error = `status ${output.code}: ${last?.slice(0, 200)}`;
  return [...lines, { ...base, op: "end", error }];
}

/** What a line tells; undefined for one that a contender's libraries print beside. */
function numbersIn(line: string): Pick<Measured, "op"> | undefined {
  try {
    const read: unknown = JSON.parse(line);
    return isObject(read) && typeof read["op"] === "string"
      ? { ...read, op: read["op"] }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Median over rounds of `value(round)`, over those rounds that have one. */
export function medianOver(
  rounds: number,
  value: (round: number) => number | undefined,
): number | undefined {
  const all = Array.from({ length: rounds }, (_, i) => value(i + 1))
    .filter((v) => v !== undefined && Number.isFinite(v)) as number[];
  all.sort((a, b) => a - b);
  if (all.length === 0) return undefined;
  const half = all.length >> 1;
  return all.length % 2 ? all[half]! : (all[half - 1]! + all[half]!) / 2;
}

/** Names of the contenders that compute through WebGPU, without our own. */
export const WEBGPU_PEERS: readonly string[] = CONTENDERS.slice(1)
  .filter(({ webgpu }) => webgpu)
  .map(({ name }) => name);
