import { type FileSource, type FileStat, readError } from "./file_source.ts";

/** Names that the folders of a model may hold: a web server does not list them. */
const KNOWN_NAMES = [
  "model_index.json",
  "config.json",
  "scheduler_config.json",
  "diffusion_pytorch_model.safetensors",
  "diffusion_pytorch_model.safetensors.index.json",
  "model.safetensors",
  "model.safetensors.index.json",
  "tokenizer.json",
  "spiece.model",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
];

/** Answers of servers that have no such file, or will not say that they have none. */
const MISSING = [403, 404, 410];

/** Why a server's answer is of no use. */
function reasonOf({ status, url }: Response): string {
  return status === 404
    ? `there is no such file at ${url}`
    : `${url} answers ${status}`;
}

/**
 * The folder of a model on a web server, whose weights are read by HTTP range
 * requests; paths begin with the folder's name. A server that does not know
 * ranges sends each file once and whole. Folders are not listed: of the names
 * that models use, those count that the server has.
 *
 * @example
 * ```ts
 * import { webFiles } from "@qvgen/qvgen/io";
 *
 * const files = webFiles(new URL("https://example.com/models/tiny"));
 * console.log(files.root); // "tiny"
 * ```
 */
export function webFiles(folder: URL): FileSource {
  const url = (path: string) => {
    const found = new URL(folder);
    const above = folder.pathname.replace(/[^/]*\/*$/, "");
    found.pathname = above +
      path.split(/[\\/]/).map(encodeURIComponent).join("/");
    return found;
  };
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      return await fetch(url(path), init);
    } catch (cause) {
      throw readError(path, cause);
    }
  };
  const lists = new Map<string, Promise<ReadonlySet<string>>>();
  const head = async (path: string): Promise<FileStat | undefined> => {
    const answer = await ask(path, { method: "HEAD" });
    const { ok, status, headers } = answer;
    if (MISSING.includes(status)) return undefined;
    if (!ok) throw readError(path, reasonOf(answer));
    const size = Number(headers.get("content-length"));
    const modified = Date.parse(headers.get("last-modified") ?? "") || 0;
    return { kind: "file", size, modified };
  };
  const names = (path: string): Promise<ReadonlySet<string>> => {
    const known = lists.get(path);
    if (known) return known;
    const found = Promise.all(
      KNOWN_NAMES.map(async (name) =>
        await head(`${path}/${name}`) ? [name] : []
      ),
    ).then((names) => new Set(names.flat()));
    lists.set(path, found);
    found.catch(() => lists.delete(path));
    return found;
  };
  return {
    root: decodeURIComponent(folder.pathname.match(/([^/]*)\/*$/)![1]!),
    async stat(path) {
      if (/\.(json|safetensors|model)$/.test(path)) return await head(path);
      if ((await names(path)).size === 0) return undefined;
      return { kind: "folder", size: 0, modified: 0 };
    },
    async list(path) {
      const found = await names(path);
      if (found.size > 0) return found;
      throw readError(path, `there is no such folder at ${url(path)}`);
    },
    async open(path) {
      const part = async (first: number, last: number) => {
        const range = `bytes=${first}-${last}`;
        const answer = await ask(path, { headers: { range } });
        const { headers, ok, status } = answer;
        const bytes = await answer.bytes().catch((cause) => {
          throw readError(path, cause);
        });
        if (!ok) throw readError(path, reasonOf(answer));
        const isWhole = status !== 206;
        const total = Number(headers.get("content-range")?.split("/")[1]);
        const version = `${total} ${headers.get("etag")}`;
        return {
          bytes,
          size: isWhole ? bytes.length : total,
          isWhole,
          version,
        };
      };
      const { bytes: all, size, isWhole, version } = await part(0, 0);
      if (!Number.isSafeInteger(size)) {
        throw readError(path, `${url(path)} does not say how long it is`);
      }
      return {
        size,
        async read(start, length) {
          if (length === 0) return new Uint8Array();
          const end = start + length;
          if (isWhole && end <= size) return all.slice(start, end);
          const { bytes, version: now } = await part(start, end - 1);
          if (bytes.length === length && now === version) return bytes;
          throw readError(path, "it changed or ended while it was read");
        },
        [Symbol.dispose]: () => {},
      };
    },
  };
}
