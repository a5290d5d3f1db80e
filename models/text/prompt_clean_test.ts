import { assertEquals } from "@std/assert";
import { fixText } from "./fix_text.ts";
import { unescapeHtml, unescapePlainHtml } from "./html_unescape.ts";
import { cleanPrompt } from "./prompt_clean.ts";

interface Row {
  readonly text: string;
  readonly prompt_clean: string;
}

Deno.test("every prompt of the tables is cleaned as the reference cleans it", async () => {
  for (const name of ["t5_json_and_spm", "t5_spm_only"]) {
    const path = `tests/fixtures/tokenizer/${name}_table.json`;
    const { rows }: { rows: Row[] } = JSON.parse(await Deno.readTextFile(path));
    for (const row of rows) {
      assertEquals(cleanPrompt(row.text), row.prompt_clean);
    }
  }
});

Deno.test("UTF-8 that was read in another encoding is repaired, other text is not", () => {
  assertEquals(fixText("cafÃ© â€œquietâ€\x9d ðŸ˜€"), 'café "quiet" 😀');
  assertEquals(fixText("naïve café Ünï ÃÅ 中文"), "naïve café Ünï ÃÅ 中文");
});

Deno.test("widths, ligatures, line breaks and controls become plain", () => {
  assertEquals(
    fixText("ＬＯＵＤ　ﾀ ﬂuﬃ\r\nnext\u2028end\u0007"),
    "LOUD タ fluffi\nnext\nend",
  );
  assertEquals(fixText("\u001b[36;44mblue\u001b[0m \ud800"), "blue \ufffd");
});

Deno.test("references are kept from the first line on that is HTML itself", () => {
  assertEquals(
    fixText("a &amp; b\n<i> &amp;\n&amp;"),
    "a & b\n<i> &amp;\n&amp;",
  );
});

Deno.test("character references are decoded as HTML 5 says", () => {
  assertEquals(
    unescapeHtml("&lt;&#65;&#x42;&copyright &notit; &nope; &"),
    "<AB©right ¬it; &nope; &",
  );
  assertEquals(
    unescapeHtml("&#128;&#0;&#1;&#xD800;&#x110000;"),
    "€\ufffd\ufffd\ufffd",
  );
  assertEquals(unescapeHtml("&CounterClockwiseContourIntegral;"), "∳");
  assertEquals(
    unescapePlainHtml("this&not that P&EACUTE;REZ &ntilde; &nTILDE;"),
    "this&not that PÉREZ ñ &nTILDE;",
  );
  assertEquals(cleanPrompt("&amp;amp;lt;  b"), "< b");
});
