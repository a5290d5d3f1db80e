import { maskedCrc32c } from "./crc32c.ts";
import {
  concat,
  double,
  type Encoded,
  float,
  int,
  message,
  string,
} from "./protobuf.ts";

// Field numbers of tensorflow's Event, Summary, Summary.Value and SessionLog
// messages.
const EVENT = {
  wallTime: 1,
  step: 2,
  fileVersion: 3,
  summary: 5,
  sessionLog: 7,
};
const SUMMARY = { value: 1 };
const VALUE = { tag: 1, float: 2 };
const SESSION_LOG = { status: 1 };
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
      const start = message(
        EVENT.sessionLog,
        int(SESSION_LOG.status, SESSION_START),
      );
      this.#event(lastStep + 1, start);
    }
  }

  /** One point of the curve `tag`. */
  scalar(tag: string, value: number, step: number): void {
    const body = [string(VALUE.tag, tag), float(VALUE.float, value)];
    const summary = message(SUMMARY.value, ...body);
    this.#event(step, message(EVENT.summary, summary));
  }

  /** Waits until all events so far are on disk. */
  flush(): void {
    this.#file.syncDataSync();
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #event(step: number, body: Encoded): void {
    const time = double(EVENT.wallTime, Date.now() / 1000);
    const record = tfRecord(concat(time, int(EVENT.step, step), body));
    for (let at = 0; at < record.length;) {
      at += this.#file.writeSync(record.subarray(at));
    }
  }
}
