import { fittedLine, plainLine } from "./progress_line.ts";
import { writeError } from "./terminal.ts";

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
  return {
    write: writeError,
    isTerminal,
    color: isTerminal && !Deno.noColor,
    columns: () => {
      try {
        return Deno.consoleSize().columns || 80;
      } catch { // the terminal was closed
        return 80;
      }
    },
    now: () => performance.now(),
  };
}

const REDRAW_MS = 100; // on a terminal
const LINE_MS = 10_000; // in a pipe, unless another quarter is done
const WINDOW = 16; // steps that the ETA looks back on

/**
 * Progress of named phases with an ETA: one line redrawn on a terminal, a few
 * plain lines in a pipe, nothing when quiet. Draws from advance(), no timer.
 */
export class Progress implements Disposable {
  /** Told of every phase, even if nothing is drawn. */
  onPhase: (label: string) => void = () => {};
  readonly #screen: Screen | undefined;
  readonly #warnings: Screen;
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
    this.#warnings = options.screen ?? stderrScreen();
    if (!options.quiet) this.#screen = this.#warnings;
  }

  /** Starts a phase of `total` steps, or of unknown length; ends the one before. */
  phase(label: string, total?: number): void {
    this.#end();
    this.onPhase(label);
    const now = this.#screen?.now() ?? 0;
    [this.#label, this.#total, this.#done, this.#note] = [label, total, 0, ""];
    [this.#start, this.#drawn, this.#quarter] = [now, now, 0];
    this.#recent = []; // the first step may compile: it tells nothing of the others
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

  /** The same for what must be known, quiet or not. */
  warn(text: string): void {
    if (this.#screen) this.log(text);
    else this.#warnings.write(`${text}\n`);
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

  /** Seconds left, as the last steps went. */
  #left(now: number): number | undefined {
    const [then, before] = this.#recent[0] ?? [now, this.#done];
    const rate = (this.#done - before) / (now - then);
    const left = (this.#total ?? NaN) - this.#done;
    return left > 0 && rate > 0 ? left / rate / 1000 : undefined;
  }

  #draw(now = this.#screen?.now() ?? 0): void {
    const screen = this.#screen;
    if (screen === undefined || this.#label === "") return;
    this.#drawn = now;
    const line = {
      label: this.#label,
      done: this.#done,
      total: this.#total,
      spent: (now - this.#start) / 1000,
      left: this.#left(now),
      note: this.#note,
    };
    if (!screen.isTerminal) {
      screen.write(`${plainLine(line)}\n`);
      return;
    }
    const fitted = fittedLine(line, screen.columns() - 1);
    const painted = screen.color
      ? fitted.replace(/━+/, "\x1b[36m$&\x1b[39m")
        .replace(/╌+/, "\x1b[2m$&\x1b[22m")
      : fitted;
    screen.write(`\r\x1b[K${painted}`);
    this.#open = true;
  }
}
