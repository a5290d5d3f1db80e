import { assertEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { listClips } from "./clip_list.ts";

/** Runs `body` in a folder of these files. */
function withFiles(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    await body(folder);
  });
}

const CLIPS = (folder: string, places: readonly string[]) =>
  [
    { path: join(folder, "a.mp4"), caption: "a cat, asleep" },
    { path: "/b.mp4", caption: "a dog" },
  ].slice(0, places.length).map((clip, i) => ({ ...clip, place: places[i]! }));

/** What a folder's list says besides its clips. */
async function notesOf(folder: string): Promise<string[]> {
  const notes: string[] = [];
  await listClips(folder, (text) => notes.push(text));
  return notes;
}

Deno.test("listClips() reads a path and a caption a line, whatever the line ends", () =>
  withFiles({
    "videos.txt": "\ufeffsub/../a.mp4\r\n\r\n/b.mp4\r\n\r\n",
    "Prompts.txt": "a cat, asleep\n\na dog",
  }, async (folder) => {
    const places = ["Prompts.txt line 1", "Prompts.txt line 3"];
    assertEquals(await listClips(folder), CLIPS(folder, places));
  }));

const ROWS = ["m.csv row 2", "m.csv row 3"];
const TABLES: readonly [string, string, readonly string[]][] = [
  [
    "m.csv",
    'id,Caption,VIDEO\n1,"a cat, asleep",a.mp4\n2,a dog,/b.mp4\n',
    ROWS,
  ],
  [
    "m.csv",
    "file_name;prompt\r\na.mp4;a cat, asleep\r\n/b.mp4;a dog\r\n",
    ROWS,
  ],
  [
    "m.csv",
    '\ufeff,file_path,text\n0,a.mp4,"a cat, asleep"\n1,/b.mp4,a dog,',
    ROWS,
  ],
  [
    "m.tsv",
    "path\ttext\n\n\na.mp4\ta cat, asleep\n/b.mp4\ta dog",
    ["m.tsv row 4", "m.tsv row 5"],
  ],
  [
    "metadata.jsonl",
    '{"file_name":"a.mp4","text":"a cat, asleep"}\n\n{"text":"a dog","file_name":"/b.mp4"}\n',
    ["metadata.jsonl line 1", "metadata.jsonl line 3"],
  ],
  [
    "metadata.json",
    '[{"file_path":"a.mp4","text":"a cat, asleep","type":"video"},{"file_path":"/b.mp4","text":"a dog"}]',
    ["metadata.json entry 1", "metadata.json entry 2"],
  ],
];

for (const [name, text, places] of TABLES) {
  Deno.test(`listClips() reads ${name}: ${JSON.stringify(text.split("\n", 1)[0])}`, () =>
    withFiles({ [name]: text }, async (folder) => {
      assertEquals(await listClips(folder), CLIPS(folder, places));
    }));
}

Deno.test("listClips() takes quotes within a field of a table, and lines within quotes", () =>
  withFiles({
    "m.csv": 'video,text\na.mp4,a 6" ruler\nb.mp4,"says ""hi"",\nthen goes"\n',
  }, async (folder) => {
    assertEquals((await listClips(folder)).map(({ caption }) => caption), [
      'a 6" ruler',
      'says "hi",\nthen goes',
    ]);
  }));

Deno.test("listClips() pairs videos of all kinds with the text beside them", () =>
  withFiles(
    { "a.mp4": "", "a.txt": "a cat, asleep\n" },
    async (folder) => {
      assertEquals(await listClips(folder), CLIPS(folder, ["a.txt"]));
      assertEquals(await notesOf(folder), []);
      const names = ["B.MKV", "c.wmv", "d.m2ts", "e.3gp", "f.ogv", "g.flv"];
      for (const name of names) {
        await Deno.writeTextFile(join(folder, name), "");
        const caption = name === "B.MKV" ? "b.TXT" : name.slice(0, 2) + "txt";
        await Deno.writeTextFile(join(folder, caption), `caption ${name}`);
      }
      const clips = await listClips(folder);
      assertEquals(
        clips.map(({ path, caption }) => [basename(path), caption]).slice(0, 3),
        [
          ["B.MKV", "caption B.MKV"],
          ["a.mp4", "a cat, asleep"],
          ["c.wmv", "caption c.wmv"],
        ],
      );
      assertEquals(clips.length, 7);
    },
  ));

Deno.test("listClips() names every file that is not used, but those of operating systems", () =>
  withFiles({
    "a.mp4": "",
    "a.txt": "",
    "b.txt": "a caption alone",
    "c.xyz": "",
    "README.md": "",
    "._a.mp4": "\0\u0005\u0016\u0007",
    "._a.txt": "\0\u0005\u0016\u0007",
    "._m.csv": "\0\u0005\u0016\u0007",
    ".DS_Store": "",
    "Thumbs.db": "",
    "desktop.ini": "",
  }, async (folder) => {
    await Deno.mkdir(join(folder, "more"));
    assertEquals(await notesOf(folder), [
      `${folder}: not used: README.md, b.txt, c.xyz, more/`,
      `${folder}: empty captions: a.txt`,
    ]);
    await Deno.writeTextFile(join(folder, "videos.txt"), "more/x.mp4\n");
    await Deno.writeTextFile(join(folder, "prompts.txt"), "a cat\n");
    assertEquals(await notesOf(folder), [
      `${folder}: not used: README.md, a.mp4, a.txt, b.txt, c.xyz`,
    ]);
    for (let i = 10; i < 20; i++) {
      await Deno.writeTextFile(join(folder, `${i}.xyz`), "");
    }
    const [note] = await notesOf(folder);
    assertEquals(note!.endsWith(" 17.xyz and 7 more"), true);
  }));

const WRONG: readonly [string, Readonly<Record<string, string>>, string][] = [
  [
    "lines that do not agree",
    { "videos.txt": "a\nb\n", "prompts.txt": "a\n" },
    "videos.txt has 2 lines and prompts.txt 1, they must agree",
  ],
  [
    "a blank line that the other list does not have",
    { "videos.txt": "a\n\nb\nc\n", "prompts.txt": "A\nX\n\nC\n" },
    'line 2 of videos.txt is blank, that of the file beside it reads "X"',
  ],
  [
    "lists that blank lines make equally long",
    { "videos.txt": "a\n\nb\n", "prompts.txt": "A\nB\n" },
    "videos.txt has 3 lines and prompts.txt 2, they must agree",
  ],
  [
    "a line of metadata that is no object",
    { "metadata.jsonl": '{"file_name":"a","text":"x"}\n[]\n' },
    "metadata.jsonl: line 2 is no JSON object",
  ],
  [
    "a line of metadata that is no JSON",
    { "metadata.jsonl": "\n{text\n" },
    "metadata.jsonl: line 2 is no JSON: ",
  ],
  [
    "metadata without a text",
    { "metadata.json": '[{"file_name":"a","text":1}]' },
    "metadata.json: entry 1 has no text as text",
  ],
  ["videos.txt alone", { "videos.txt": "a\n" }, "prompts.txt is missing"],
  [
    "a table without captions",
    { "a.csv": "file,title\na.mp4,x\n" },
    "has no column caption, text, prompt: its columns are file, title",
  ],
  [
    "a row without a video",
    { "a.csv": "file,text\na.mp4,x\n,y\n" },
    "row 3 names no video",
  ],
  [
    "a table of uneven rows",
    { "a.csv": "file,text\na.mp4,x,y\n" },
    "row 2 has 3 fields, the first row 2: a text with a comma needs quotes",
  ],
  [
    "a table whose quotes do not match",
    { "a.csv": 'file,text\na.mp4,"x\n' },
    "a.csv: row 2 has a quote that does not end",
  ],
  [
    "two tables",
    { "a.csv": "", "b.csv": "" },
    "holds more than one table of clips: a.csv, b.csv",
  ],
  [
    "a video without a caption",
    { "a.mp4": "", "a.txt": "x", "b.mov": "" },
    "no .txt with a caption is beside b.mov",
  ],
  [
    "a folder without clips",
    { "a.png": "" },
    "lists no clips: it needs videos.txt and prompts.txt, a .csv or metadata.jsonl, or videos with a .txt beside each, found a.png",
  ],
];

for (const [what, files, message] of WRONG) {
  Deno.test(`listClips() refuses ${what}`, () =>
    withFiles(files, async (folder) => {
      await assertRejects(() => listClips(folder), InputError, message);
    }));
}

Deno.test("listClips() refuses text that is not UTF-8, naming file and line", async () => {
  const latin = Uint8Array.of(0x61, 10, 0x63, 0x61, 0x66, 0xe9, 10); // café
  for (const name of ["a.txt", "prompts.txt", "m.csv", "metadata.jsonl"]) {
    await withFiles({ "a.mp4": "", "a.txt": "" }, async (folder) => {
      const path = join(folder, name);
      await Deno.writeFile(path, latin);
      if (name === "prompts.txt") {
        await Deno.writeTextFile(join(folder, "videos.txt"), "a.mp4\na.mp4\n");
      }
      await assertRejects(
        () => listClips(folder),
        InputError,
        `${path}: line 2 is not UTF-8`,
      );
    });
  }
});

Deno.test("listClips() refuses a folder that is missing, or a file", async () => {
  const refused = (folder: string, message: string) =>
    assertRejects(() => listClips(folder), InputError, message);
  await refused("no/such", "Data folder no/such does not exist");
  await refused("deno.json", "Data folder deno.json is a file");
});
