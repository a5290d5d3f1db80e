/** `9s`, `1m05s`, `2h07m`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}s`;
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`;
  return `${Math.floor(s / 3600)}h${two(Math.floor(s / 60) % 60)}m`;
}

/** Where progress is drawn, and what that place can do. */
export interface Screen {
  write(text: string): void;
  /** Whether a line can be drawn over. */
  readonly isTerminal: boolean;
  readonly color: boolean;
  columns(): number;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
}

/** Standard error; colours only on a terminal without NO_COLOR. */
export function stderrScreen(): Screen {
  const isTerminal = Deno.stderr.isTerminal();
  const encoder = new TextEncoder();
  return {
    write: (text) => {
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length;) {
        at += Deno.stderr.writeSync(bytes.subarray(at));
      }
    },
    isTerminal,
    color: isTerminal && !Deno.noColor,
    columns: () => isTerminal ? Deno.consoleSize().columns : 80,
    now: () => performance.now(),
  };
}

const REDRAW_MS = 100; // on a terminal
const LINE_MS = 10_000; // in a pipe, unless another quarter is done
const WINDOW = 16; // steps that the ETA looks back on: the first ones compile
const BAR = 24;

/**
 * Progress of named phases with an ETA: one line redrawn on a terminal, a few
 * plain lines in a pipe, nothing when quiet. Draws from advance(), no timer.
 */
export class Progress implements Disposable {
  /** Told of every phase, even if nothing is drawn. */
  onPhase: (label: string) => void = () => {};
  readonly #screen: Screen | undefined;
  #label = "";
  #total: number | undefined;
  #done = 0;
  #note = "";
  #start = 0;
  #drawn = -Infinity;
  #quarter = 0;
  #open = false; // a line on the terminal that is not ended yet
  #recent: [at: number, done: number][] = [];

  constructor(options: { quiet?: boolean; screen?: Screen } = {}) {
    if (!options.quiet) this.#screen = options.screen ?? stderrScreen();
  }

  /** Starts a phase of `total` steps, or of unknown length; ends the one before. */
  phase(label: string, total?: number): void {
    this.#end();
    this.onPhase(label);
    const now = this.#screen?.now() ?? 0;
    [this.#label, this.#total, this.#done, this.#note] = [label, total, 0, ""];
    [this.#start, this.#drawn, this.#quarter] = [now, now, 0];
    this.#recent = [[now, 0]];
    this.#draw();
  }

  /** Counts steps as done, with a short note such as `loss 0.12`. */
  advance(steps = 1, note = this.#note): void {
    const now = this.#screen?.now();
    if (now === undefined) return;
    this.#done += steps;
    this.#note = note;
    this.#recent.push([now, this.#done]);
    if (this.#recent.length > WINDOW) this.#recent.shift();
    const quarter = Math.floor(4 * this.#done / (this.#total ?? Infinity));
    const wait = this.#screen!.isTerminal ? REDRAW_MS : LINE_MS;
    const due = quarter > this.#quarter || now - this.#drawn >= wait;
    this.#quarter = quarter;
    if (due) this.#draw(now);
  }

  /** Writes a line of its own above the bar. */
  log(text: string): void {
    this.#screen?.write(`${this.#open ? "\r\x1b[K" : ""}${text}\n`);
    if (this.#open) this.#draw();
  }

  /** Ends the last phase. */
  [Symbol.dispose](): void {
    this.#end();
  }

  #end(): void {
    if (this.#open) {
      this.#draw();
      this.#screen!.write("\n");
      this.#open = false;
    }
    this.#label = "";
  }

  #times(now: number): string {
    const spent = duration((now - this.#start) / 1000);
    const [then, before] = this.#recent[0]!;
    const rate = (this.#done - before) / (now - then);
    const left = (this.#total ?? NaN) - this.#done;
    return left > 0 && rate > 0
      ? `${spent}, ${duration(left / rate / 1000)} left`
      : spent;
  }

  #draw(now = this.#screen?.now() ?? 0): void {
    const screen = this.#screen;
    if (screen === undefined || this.#label === "") return;
    this.#drawn = now;
    const count = this.#total === undefined
      ? (this.#done === 0 ? "" : ` ${this.#done}`)
      : ` ${this.#done}/${this.#total}`;
    const note = this.#note === "" ? "" : `  ${this.#note}`;
    const text = `${count}  ${this.#times(now)}${note}`;
    if (!screen.isTerminal) {
      screen.write(`${this.#label}${text}\n`);
      return;
    }
    const share = Math.min(1, this.#done / (this.#total || 1));
    const filled = Math.round(share * BAR);
    const bar = this.#total === undefined
      ? ""
      : ` ${"━".repeat(filled)}${"╌".repeat(BAR - filled)}`;
    const line = `${this.#label}${bar}${text}`.slice(0, screen.columns() - 1);
    const painted = screen.color
      ? line.replace(/━+/, "\x1b[36m$&\x1b[39m").replace(
        /╌+/,
        "\x1b[2m$&\x1b[22m",
      )
      : line;
    screen.write(`\r\x1b[K${painted}`);
    this.#open = true;
  }
}
