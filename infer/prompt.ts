import { InputError } from "../core/errors.ts";
import { shown } from "../core/shown.ts";
import type { PromptTokenizer } from "./pipeline_folder.ts";

/**
 * Token ids of a text, end token included. Throws InputError, which calls the
 * text `what`, if it is too long for the model and was not asked to be cut, or
 * has a token that the text encoder does not know.
 */
export function promptIds(
  { tokenizer, maxTokens, rows = Infinity, cuts = false, clean }:
    PromptTokenizer,
  text: string,
  what = "The prompt",
): number[] {
  const ids = tokenizer.encode(clean(text));
  const beyond = ids.find((id) => id >= rows);
  if (beyond !== undefined) {
    throw new InputError(
      `${what} has the token ${
        shown(tokenizer.token(beyond))
      } of number ${beyond}, but the text encoder has ${rows} rows: it was not enlarged with the tokenizer`,
    );
  }
  if (ids.length <= maxTokens) return ids;
  if (cuts) return [...ids.slice(0, maxTokens - 1), ids.at(-1)!];
  const start = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  throw new InputError(
    `${what} ${JSON.stringify(start)} takes ${
      ids.length - 1
    } tokens, accepted are at most ${maxTokens - 1}`,
  );
}
