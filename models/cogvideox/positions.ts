import { roundHalfEven } from "../../core/round.ts";
import { type RopeAxis, type RopeTable, ropeTable } from "../rope_table.ts";
import { sincosTable } from "../sincos_table.ts";
import type { CogVideoXConfig } from "./config.ts";

/** Frames, rows and columns of tokens. */
export type TokenGrid = readonly [frames: number, rows: number, cols: number];

/**
 * The rotary tables of a call, [text rows + tokens, headDim]: text rows come
 * first and do not turn. A quarter of the channels turns by the frame, three
 * eighths each by row and column. CogVideoX 1.5 counts rows and columns; 1.0
 * lays them over the part of the trained grid that has the clip's proportions.
 */
export function cogVideoXRopeTable(
  config: CogVideoXConfig,
  textRows: number,
  [frames, rows, columns]: TokenGrid,
): RopeTable {
  const { attention_head_dim: headDim } = config;
  const [y, x] = config.patch_size_t == null
    ? trainedRegion(config, rows, columns)
    : [counted(rows), counted(columns)];
  const spatial = 3 * headDim / 8;
  const axes: RopeAxis[] = [
    { positions: counted(frames), channels: headDim / 4 },
    { positions: y, channels: spatial },
    { positions: x, channels: spatial },
  ];
  const { cos, sin } = ropeTable(axes);
  const text = textRows * headDim;
  const all = (table: Float32Array, still: number) => {
    const joint = new Float32Array(text + table.length).fill(still, 0, text);
    joint.set(table, text);
    return joint;
  };
  return { cos: all(cos, 1), sin: all(sin, 0) };
}

/** The positions of CogVideoX-2B that are added to the video tokens, [tokens, D]. */
export function cogVideoXSincosTable(
  config: CogVideoXConfig,
  [frames, height, width]: TokenGrid,
): Float32Array<ArrayBuffer> {
  return sincosTable({
    dim: config.num_attention_heads * config.attention_head_dim,
    frames,
    height,
    width,
    spatialScale: config.spatial_interpolation_scale,
    temporalScale: config.temporal_interpolation_scale,
  });
}

/** Positions of rows and columns within the trained grid, cropped in its middle to rows / columns. */
function trainedRegion(
  { sample_height, sample_width, patch_size }: CogVideoXConfig,
  rows: number,
  columns: number,
): [rows: number[], columns: number[]] {
  const height = Math.floor(sample_height / patch_size);
  const width = Math.floor(sample_width / patch_size);
  const tall = rows / columns > height / width;
  const h = tall ? height : roundHalfEven(width / columns * rows);
  const w = tall ? roundHalfEven(height / rows * columns) : width;
  return [spread(height, h, rows), spread(width, w, columns)];
}

/** `n` positions over the middle `part` of `whole`. */
function spread(whole: number, part: number, n: number): number[] {
  const first = roundHalfEven((whole - part) / 2);
  // The reference scales the end of the span by (n - 1) / n, but not its start.
  const last = (first + part) * (n - 1) / n;
  const step = n > 1 ? (last - first) / (n - 1) : 0;
  return Array.from({ length: n }, (_, i) => first + i * step);
}

function counted(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
