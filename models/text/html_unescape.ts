import entities from "./html_entities.json" with { type: "json" };

/** The named characters of HTML 5, without `&` and `;`. */
const NAMES = new Map<string, string>(Object.entries(entities.names));
/** The old names that also count without `;`, as a beginning of other text too. */
const LEGACY = new Set<string>(entities.withoutSemicolon);

/** Decodes character references as browsers do (and Python's `html.unescape`). */
export function unescapeHtml(text: string): string {
  return text.replace(
    /&(#\d+;?|#[xX][\da-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu,
    (whole, reference: string) => {
      if (reference.startsWith("#")) return numbered(reference);
      const name = reference.endsWith(";") ? reference.slice(0, -1) : undefined;
      const exact = name === undefined ? undefined : NAMES.get(name);
      if (exact !== undefined) return exact;
      for (let end = reference.length; end > 1; end--) {
        const start = reference.slice(0, end);
        if (LEGACY.has(start)) return NAMES.get(start)! + reference.slice(end);
      }
      return whole;
    },
  );
}

/**
 * Decodes only what is meant as a character reference beyond doubt: with `;`, also
 * in capitals (`&EACUTE;`) where HTML has no such name.
 */
export function unescapePlainHtml(text: string): string {
  return text.replace(
    /&(#?)([\dA-Za-z]{1,24});/g,
    (whole, hash: string, name: string) => {
      if (hash !== "") {
        return /^(\d+|[xX][\da-fA-F]+)$/.test(name)
          ? numbered(hash + name)
          : whole;
      }
      const exact = NAMES.get(name);
      if (exact !== undefined) return exact;
      const capitals = name === name.toUpperCase() &&
        unescapeHtml(whole) === whole;
      return capitals
        ? NAMES.get(name.toLowerCase())?.toUpperCase() ?? whole
        : whole;
    },
  );
}

/** The character of `#` and a number, by the rules for invalid ones. */
function numbered(reference: string): string {
  const digits = reference.slice(1).replace(";", "");
  const code = /^[xX]/.test(digits)
    ? parseInt(digits.slice(1), 16)
    : parseInt(digits, 10);
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    return "\ufffd";
  }
  if (code >= 0x80 && code <= 0x9f) return windows1252(code);
  const kept = code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
  const noncharacter = (code >= 0xfdd0 && code <= 0xfdef) ||
    (code & 0xfffe) === 0xfffe;
  if ((code < 0x20 && !kept) || code === 0x7f || noncharacter) return "";
  return String.fromCodePoint(code);
}

/** A byte as Windows-1252, its five unassigned ones as themselves. */
export function windows1252(byte: number): string {
  return new TextDecoder("windows-1252").decode(Uint8Array.of(byte));
}
