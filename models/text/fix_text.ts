import { unescapePlainHtml, windows1252 } from "./html_unescape.ts";

/** Bytes by character of Windows-1252, in which most broken UTF-8 was read. */
const WINDOWS_1252 = new Map(
  Array.from(
    { length: 128 },
    (_, i) => [windows1252(128 + i), 128 + i] as const,
  ),
);

const LIGATURES: Readonly<Record<string, string>> = {
  "Ĳ": "IJ",
  "ĳ": "ij",
  "ŉ": "ʼn",
  "Ǳ": "DZ",
  "ǲ": "Dz",
  "ǳ": "dz",
  "Ǆ": "DŽ",
  "ǅ": "Dž",
  "ǆ": "dž",
  "Ǉ": "LJ",
  "ǈ": "Lj",
  "ǉ": "lj",
  "Ǌ": "NJ",
  "ǋ": "Nj",
  "ǌ": "nj",
  "ﬀ": "ff",
  "ﬁ": "fi",
  "ﬂ": "fl",
  "ﬃ": "ffi",
  "ﬄ": "ffl",
  "ﬅ": "ſt",
  "ﬆ": "st",
};

/** What terminals take as colours: escape, `[`, numbers, a letter. */
const TERMINAL_ESCAPE = new RegExp(
  `${String.fromCharCode(27)}\\[[\\d;]*[a-zA-Z]`,
  "g",
);

/** Control characters that stay: white space, and C1, which no browser shows. */
const KEPT = /[\t\n\f\r\u0080-\u009f]/;

/**
 * Repairs text as ftfy's `fix_text` does with its defaults, line by line: character
 * references, UTF-8 that was read as Latin-1 or Windows-1252, ligatures, full and
 * half width forms, curly quotes, line breaks, control characters, and NFC. Rarer
 * mix-ups of encodings, and lines broken only in part, are left as they are.
 */
export function fixText(text: string): string {
  let references = true; // as long as no line looks like HTML itself
  return text.replace(/[^\n]*\n|[^\n]+$/g, (line) => {
    references &&= !line.includes("<");
    for (let fixed = line;; line = fixed) {
      fixed = fixOnce(line, references);
      if (fixed === line) return fixed;
    }
  });
}

function fixOnce(line: string, references: boolean): string {
  return fixEncoding(references ? unescapePlainHtml(line) : line)
    .replace(/[\u0080-\u009f]/g, (c) => windows1252(c.charCodeAt(0)))
    .replace(
      /[Ĳĳŉ\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]/g,
      (c) => LIGATURES[c] ?? c,
    )
    .replace(/[\u3000\uff01-\uffef]/g, (c) => c.normalize("NFKC"))
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u02bc\u2018-\u201b]/g, "'")
    .replace(/\r\n|[\r\u2028\u2029\u0085]/g, "\n")
    .toWellFormed()
    .replace(TERMINAL_ESCAPE, "")
    .replace(
      /[\p{Cc}\u206a-\u206f\ufeff\ufff9-\ufffc]/gu,
      (c) => KEPT.test(c) ? c : "",
    )
    .normalize("NFC");
}

/** Text whose characters, as bytes, are UTF-8 was UTF-8 in the first place. */
function fixEncoding(text: string): string {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const byte = WINDOWS_1252.get(character) ?? code;
    if (byte > 0xff) return text;
    bytes.push(byte);
  }
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(Uint8Array.from(bytes));
  } catch {
    return text; // no UTF-8, so nothing was mixed up
  }
}
