import { InputError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { readTokenizerFiles } from "../../io/tokenizer_files.ts";
import { cleanPrompt } from "../../models/text/prompt_clean.ts";
import type { Tokenizer } from "../../models/text/tokenizer.ts";
import { tokenizerFromFiles } from "../../models/text/tokenizer_files.ts";
import type { Case } from "./case.ts";
import { compareRows } from "./compare.ts";
import type { Runner } from "./runner.ts";

/** What a row of a table may hold, and how the tokenizer makes it of the row's text. */
const COLUMNS: Readonly<
  Record<string, (tokenizer: Tokenizer, text: string) => unknown>
> = {
  ids: (tokenizer, text) => tokenizer.encode(text),
  tokens: (tokenizer, text) =>
    tokenizer.encode(text).map((id) => tokenizer.token(id)),
  decoded: (tokenizer, text) => tokenizer.decode(tokenizer.encode(text)),
  prompt_clean: (_, text) => cleanPrompt(text),
  padded_to_16: (tokenizer, text) => {
    const { ids, mask } = tokenizer.encodePadded(text, 16);
    return { input_ids: [...ids], attention_mask: [...mask] };
  },
};

/** Tables of encodings: every column that they hold, row by row. */
export const tokenizer: Readonly<Record<string, Runner>> = {
  tokenizer: async (c) => {
    const folder = c.ref("tokenizer");
    const files = await readTokenizerFiles(folder);
    const tokenizer = tokenizerFromFiles(files, folder);
    const rows = rowsOf(c);
    return Object.entries(COLUMNS).flatMap(([name, column]) => {
      const held = rows.filter((row) => name in row);
      if (held.length === 0) return [];
      const got = held.map((row) => column(tokenizer, String(row.text)));
      return [compareRows(name, got, held.map((row) => row[name]))];
    });
  },
};

function rowsOf({ json: { rows }, path }: Case): readonly JsonObject[] {
  if (Array.isArray(rows) && rows.every(isObject)) return rows;
  throw new InputError(`${path}: rows is not a list of objects`);
}
