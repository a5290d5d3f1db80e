import { InputError } from "../core/errors.ts";
import type { PromptTokenizer } from "./pipeline_folder.ts";

/**
 * Token ids of a text, end token included. Throws InputError, which calls the
 * text `what`, if it is too long for the model and was not asked to be cut.
 */
export function promptIds(
  { tokenizer, maxTokens, cuts = false, clean }: PromptTokenizer,
  text: string,
  what = "The prompt",
): number[] {
  const ids = tokenizer.encode(clean(text));
  if (ids.length <= maxTokens) return ids;
  if (cuts) return [...ids.slice(0, maxTokens - 1), ids.at(-1)!];
  const start = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  throw new InputError(
    `${what} ${JSON.stringify(start)} takes ${
      ids.length - 1
    } tokens, accepted are at most ${maxTokens - 1}`,
  );
}
