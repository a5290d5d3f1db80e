import { InputError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";

/** A line of a table of clips. */
export interface TableRow {
  /** `row 3`, `line 3` or `entry 3`. */
  readonly where: string;
  /** The video file, as the table names it. */
  readonly video: string;
  /** What it shows, in words. */
  readonly caption: string;
}

const VIDEO_COLUMNS = [
  ...["path", "video", "file", "file_name", "file_path", "filename"],
];
const CAPTION_COLUMNS = ["caption", "text", "prompt"];
const SEPARATORS = [",", ";", "\t"];

/** Whether a file is taken for a table of clips: `.csv`, `.tsv`, and the metadata of data sets on the hub. */
export function isTable(name: string): boolean {
  return /\.[ct]sv$|^metadata\.jsonl?$/i.test(name);
}

/**
 * The clips of a table: with commas, semicolons or tabs, a column each for
 * video and caption; or JSON objects with such keys, one a line or all in a
 * list. Throws InputError naming `path` and the row for what is neither.
 */
export function tableRows(path: string, text: string): TableRow[] {
  if (/\.jsonl$/i.test(path)) {
    return text.split("\n").flatMap((line, i) =>
      line.trim() === ""
        ? []
        : [objectRow(path, `line ${i + 1}`, parseJson(path, line, i + 1))]
    );
  }
  if (/\.json$/i.test(path)) {
    const list = parseJson(path, text);
    if (Array.isArray(list)) {
      return list.map((value, i) => objectRow(path, `entry ${i + 1}`, value));
    }
    throw new InputError(`${path} is no JSON list of objects`);
  }
  return separatedRows(path, text);
}

function parseJson(path: string, text: string, line?: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const where = line === undefined ? "" : `line ${line} `;
    throw new InputError(`${path}: ${where}is no JSON: ${cause}`, { cause });
  }
}

function objectRow(path: string, where: string, value: unknown): TableRow {
  if (isObject(value)) return rowOf(path, where, value);
  throw new InputError(`${path}: ${where} is no JSON object`);
}

function separatedRows(path: string, text: string): TableRow[] {
  // The separator is the one that finds the columns, else the most common one.
  const headers = SEPARATORS.map((separator) => {
    for (const { fields } of records(path, text, separator)) return fields;
    return [];
  });
  const fits = headers.findIndex((header) =>
    [VIDEO_COLUMNS, CAPTION_COLUMNS].every((names) =>
      header.some((key) => isOneOf(names, key))
    )
  );
  const most = Math.max(...headers.map((header) => header.length));
  const best = fits >= 0
    ? fits
    : headers.findIndex((header) => header.length === most);
  const header = headers[best]!;
  const rows: TableRow[] = [];
  for (const { row, fields } of records(path, text, SEPARATORS[best]!)) {
    if (row === 1) continue;
    while (fields.length > header.length && fields.at(-1) === "") fields.pop();
    if (fields.length !== header.length) {
      throw new InputError(
        `${path}: row ${row} has ${fields.length} fields, the first row ${header.length}: a text with a comma needs quotes`,
      );
    }
    const values = Object.fromEntries(header.map((key, i) => [key, fields[i]]));
    rows.push(rowOf(path, `row ${row}`, values));
  }
  return rows;
}

function isOneOf(names: readonly string[], key: string): boolean {
  return names.includes(key.trim().toLowerCase());
}

function rowOf(
  path: string,
  where: string,
  values: Readonly<Record<string, unknown>>,
): TableRow {
  const valueOf = (names: readonly string[]): string => {
    const keys = Object.keys(values);
    const key = keys.find((key) => isOneOf(names, key));
    const value = key === undefined ? undefined : values[key];
    if (typeof value === "string") return value.trim();
    const has = key === undefined
      ? `no column ${names.join(", ")}: its columns are ${keys.join(", ")}`
      : `no text as ${key}`;
    throw new InputError(`${path}: ${where} has ${has}`);
  };
  const [video, caption] = [valueOf(VIDEO_COLUMNS), valueOf(CAPTION_COLUMNS)];
  if (video !== "") return { where, video, caption };
  throw new InputError(`${path}: ${where} names no video`);
}

/**
 * The records of a table as RFC 4180 has them, and quotes within fields that do
 * not begin with one. Rows are counted as a spreadsheet does; blank ones are
 * left out.
 */
function* records(
  path: string,
  text: string,
  separator: string,
): Generator<{ row: number; fields: string[] }> {
  const field = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"|([^${separator}\\r\\n]*))(${separator}|\\r\\n?|\\n|$)`,
    "y",
  );
  let fields: string[] = [];
  for (let row = 1; field.lastIndex < text.length;) {
    const [, quoted, plain = "", end = ""] = field.exec(text)!;
    if (plain.startsWith('"')) {
      throw new InputError(
        `${path}: row ${row} has a quote that does not end, or not at the end of its field`,
      );
    }
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === separator && field.lastIndex < text.length) continue;
    if (end === separator) fields.push(""); // the text ends with a separator
    if (fields.join("").trim() !== "") yield { row, fields };
    fields = [];
    row++;
  }
}
