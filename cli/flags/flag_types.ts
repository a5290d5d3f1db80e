import { snakeCase } from "../../core/mapping.ts";
import type {
  BooleanKind,
  EnumKind,
  ListKind,
  NumberKind,
  StringKind,
} from "../../core/value_kind.ts";

/** What every flag says about itself. */
interface Described {
  /** One sentence for --help. */
  readonly help: string;
  /** Stands for the value in --help, as in `--steps N`. */
  readonly placeholder?: string;
  /** Without a default, the command refuses to run when it is missing. */
  readonly required?: true;
  /** Shown in --help instead of `default`, for defaults that are worked out later. */
  readonly shownDefault?: string;
}

/** Any text. */
export interface StringFlag extends Described, StringKind {
  readonly default?: string;
}

/** A finite number, or a whole one. */
export interface NumberFlag extends Described, NumberKind {
  readonly default?: number;
}

/** `--name`, `--no-name`, `--name=true|false`. */
export interface BooleanFlag extends Described, BooleanKind {
  readonly default?: boolean;
}

/** One of a few words. */
export interface EnumFlag extends Described, EnumKind {
  readonly default?: string;
}

/** Several values: the flag repeated, or one value cut at the separator. */
export interface ListFlag extends Described, ListKind {
  readonly separator?: string;
  readonly default?: readonly (string | number)[];
}

/** One flag of a command. */
export type Flag =
  | StringFlag
  | NumberFlag
  | BooleanFlag
  | EnumFlag
  | ListFlag;

/** The flags of a command by camelCase name: `numVideos` is `--num-videos`. */
export type Flags = Readonly<Record<string, Flag>>;

/** Arguments that are no flags: their name in --help and how many may come. */
export interface Positional {
  readonly name: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
}

/** All that the command line knows of a command before it runs. */
export interface Command<F extends Flags> {
  readonly name: string;
  /** One sentence for the top of --help. */
  readonly summary: string;
  readonly flags: F;
  readonly positional?: Positional;
  /** Arguments of example calls, as one would type them after the name. */
  readonly examples?: readonly string[];
}

type Value<F extends Flag> = F extends BooleanFlag ? boolean
  : F extends NumberFlag ? number
  : F extends EnumFlag ? F["values"][number]
  : F extends ListFlag ? (F extends { of: "number" | "integer" } ? number[]
      : string[])
  : string;

type Known = { readonly default: unknown } | { readonly required: true };

/** The parsed flags: undefined only without a default and not required. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Known ? Value<F[K]>
    : Value<F[K]> | undefined;
};

/** What parseFlags() returns. */
export interface Parsed<F extends Flags> {
  readonly flags: Values<F>;
  readonly positionals: readonly string[];
}

/** Declares a command, keeping the literal types of its flags. */
export function defineCommand<const F extends Flags>(
  command: Command<F>,
): Command<F> {
  return command;
}

/** `numVideos` to `num-videos`. */
export function flagName(key: string): string {
  return snakeCase(key, "-");
}
