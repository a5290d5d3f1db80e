import type { Parameter } from "../../models/module.ts";

/** The place of one parameter in the arena. */
export interface Place {
  readonly name: string;
  readonly parameter: Parameter;
  readonly chunk: number;
  /** Bytes from the start of the chunk, a multiple of 256. */
  readonly offset: number;
}

/** Whole parameters of one group side by side, as many as one binding covers. */
export interface Chunk {
  readonly group: string;
  readonly bytes: number;
}

export interface ArenaLayout {
  readonly groups: readonly string[];
  readonly places: readonly Place[];
  /** Chunks of a group follow each other, in the order of `groups`. */
  readonly chunks: readonly Chunk[];
}

const ALIGN = 256; // what every adapter takes as the offset of a binding

/**
 * Lays parameters out in chunks of at most `most` bytes, group by group. A
 * parameter that has several names is placed once, under its first.
 */
export function layOut(
  parameters: Iterable<readonly [name: string, parameter: Parameter]>,
  groupOf: (name: string, parameter: Parameter) => string,
  most: number,
): ArenaLayout {
  const names = new Map<Parameter, string>();
  for (const [name, parameter] of parameters) {
    if (!names.has(parameter)) names.set(parameter, name);
  }
  const members = Map.groupBy(names, ([p, name]) => groupOf(name, p));
  const places: Place[] = [];
  const chunks: Chunk[] = [];
  for (const [group, list] of members) {
    let end = most; // so that the first parameter opens a chunk
    for (const [parameter, name] of list) {
      const bytes = Math.ceil(parameter.storage.bytes / ALIGN) * ALIGN;
      if (bytes > most) {
        throw new RangeError(
          `Cannot place ${name}: it has ${bytes} bytes, the adapter binds at most ${most}`,
        );
      }
      if (end + bytes > most) {
        chunks.push({ group, bytes: 0 });
        end = 0;
      }
      places.push({ name, parameter, chunk: chunks.length - 1, offset: end });
      end += bytes;
      chunks[chunks.length - 1] = { group, bytes: end };
    }
  }
  return { groups: [...members.keys()], places, chunks };
}
