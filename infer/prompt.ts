import { InputError } from "../core/errors.ts";
import { cut, shown, some } from "../core/shown.ts";
import type { PromptTokenizer } from "./pipeline_folder.ts";

/**
 * Token ids of a text, end token included. A text that is longer than the model
 * reads is cut, the end token kept, as diffusers does. Throws InputError, which
 * calls the text `what`, for a token that the text encoder does not know.
 */
export function promptIds(
  prompts: PromptTokenizer,
  text: string,
  what?: string,
): number[] {
  const ids = allIds(prompts, text, what);
  const { maxTokens } = prompts;
  if (ids.length <= maxTokens) return ids;
  return [...ids.slice(0, maxTokens - 1), ids.at(-1)!];
}

/**
 * A warning that names the texts which promptIds() cuts, by the places they
 * come from or by their first words; nothing where all are short enough.
 */
export function cutWarning(
  prompts: PromptTokenizer,
  texts: readonly string[],
  what?: string,
  placesOf: (text: string) => readonly string[] = (text) => [
    JSON.stringify(cut(text, 40)),
  ],
): string | undefined {
  const most = prompts.maxTokens;
  const long = texts.flatMap((text) => {
    const { length } = allIds(prompts, text, what);
    if (length <= most) return [];
    return placesOf(text).map((place) => `${place} (${length - 1})`);
  });
  if (long.length === 0) return undefined;
  return `Cut to the ${most - 1} tokens that the model reads: ${some(long)}`;
}

function allIds(
  { tokenizer, rows = Infinity, clean }: PromptTokenizer,
  text: string,
  what = "The prompt",
): number[] {
  const ids = tokenizer.encode(clean(text));
  const beyond = ids.find((id) => id >= rows);
  if (beyond === undefined) return ids;
  throw new InputError(
    `${what} has the token ${
      shown(tokenizer.token(beyond))
    } of number ${beyond}, but the text encoder has ${rows} rows: it was not enlarged with the tokenizer`,
  );
}
