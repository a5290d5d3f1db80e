import { maskedCrc32c } from "./crc32c.ts";
import {
  concat,
  double,
  doubles,
  type Encoded,
  float,
  int,
  message,
  string,
} from "./protobuf.ts";

// Field numbers of tensorflow's Event, Summary, Summary.Value, HistogramProto,
// Summary.Image, SummaryMetadata, TensorProto and SessionLog messages.
const EVENT = {
  wallTime: 1,
  step: 2,
  fileVersion: 3,
  summary: 5,
  sessionLog: 7,
};
const VALUE = {
  tag: 1,
  float: 2,
  image: 4,
  histogram: 5,
  tensor: 8,
  metadata: 9,
};
const IMAGE = { height: 1, width: 2, colorspace: 3, png: 4 };
const RGBA = 4;
const DT_STRING = 7;
const SESSION_START = 1;

/** One TFRecord: length, its checksum, data, its checksum; little-endian. */
export function tfRecord(data: Uint8Array): Encoded {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}

/** HistogramProto of values, in equal bins from the least to the greatest. */
function histogram(values: ArrayLike<number>, bins: number): Encoded {
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    min = Math.min(min, x);
    max = Math.max(max, x);
    sum += x;
    squares += x * x;
  }
  const width = (max - min) / bins || 1;
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(bins - 1, Math.floor((values[i]! - min) / width));
    counts[bin] = counts[bin]! + 1;
  }
  const limits = counts.map((_, i) => min + width * (i + 1));
  return concat(
    ...[min, max, values.length, sum, squares].map((x, i) => double(i + 1, x)),
    doubles(6, limits),
    doubles(7, counts),
  );
}

/** Writes a run's events where TensorBoard finds them; steps count from 1. */
export class EventWriter implements Disposable {
  readonly path: string;
  readonly #file: Deno.FsFile;

  /**
   * Begins a new file in `dir`. A run that resumes passes the step of its
   * checkpoint: TensorBoard then forgets what older files say of later steps.
   */
  constructor(dir: string, lastStep = 0) {
    Deno.mkdirSync(dir, { recursive: true });
    const ms = Date.now(); // file names sort by time, and a resume may be quick
    this.path = `${dir}/events.out.tfevents.${ms}.qvgen.${Deno.pid}`;
    this.#file = Deno.openSync(this.path, { createNew: true, write: true });
    this.#event(0, string(EVENT.fileVersion, "brain.Event:2"));
    if (lastStep > 0) {
      const start = message(EVENT.sessionLog, int(1, SESSION_START));
      this.#event(lastStep + 1, start);
    }
  }

  /** One point of the curve `tag`. */
  scalar(tag: string, value: number, step: number): void {
    this.#summary(tag, float(VALUE.float, value), step);
  }

  /** The distribution of some values; none, when there are no values. */
  histogram(
    tag: string,
    values: ArrayLike<number>,
    step: number,
    bins = 30,
  ): void {
    if (values.length === 0) return;
    const body = message(VALUE.histogram, histogram(values, bins));
    this.#summary(tag, body, step);
  }

  /** A PNG with its size in pixels. */
  image(
    tag: string,
    png: Uint8Array,
    size: { readonly width: number; readonly height: number },
    step: number,
  ): void {
    const body = message(
      VALUE.image,
      int(IMAGE.height, size.height),
      int(IMAGE.width, size.width),
      int(IMAGE.colorspace, RGBA),
      message(IMAGE.png, png),
    );
    this.#summary(tag, body, step);
  }

  /** Text in Markdown. */
  text(tag: string, markdown: string, step: number): void {
    const plugin = message(VALUE.metadata, message(1, string(1, "text")));
    const shape = message(2, message(2, int(1, 1))); // one string
    const tensor = message(
      VALUE.tensor,
      int(1, DT_STRING),
      shape,
      string(8, markdown),
    );
    this.#summary(tag, concat(plugin, tensor), step);
  }

  /** Waits until all events so far are on disk. */
  flush(): void {
    this.#file.syncDataSync();
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #summary(tag: string, value: Encoded, step: number): void {
    const body = message(1, string(VALUE.tag, tag), value);
    this.#event(step, message(EVENT.summary, body));
  }

  #event(step: number, body: Encoded): void {
    const time = double(EVENT.wallTime, Date.now() / 1000);
    const record = tfRecord(concat(time, int(EVENT.step, step), body));
    for (let at = 0; at < record.length;) {
      at += this.#file.writeSync(record.subarray(at));
    }
  }
}
