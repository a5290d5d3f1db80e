import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import { foreignFile } from "../../core/foreign_file.ts";
import { shown } from "../../core/shown.ts";
import { fetchOrStall, piecesOrStall } from "./stalled.ts";

/** How the hub is reached. */
export interface Hub {
  /** Where it is, without a slash at the end. */
  readonly endpoint: string;
  /** Sent to it alone, not to where it redirects. */
  readonly token?: string | undefined;
  /** How long it may be silent; half a minute by default. */
  readonly silenceMs?: number | undefined;
}

/** A file of a model on the hub. */
export interface HubFile {
  /** Relative, with slashes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hex: SHA-256 of a large file, git's SHA-1 of a small one. */
  readonly hash: string;
}

const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$|^[0-9a-f]{64}$/));
const size = v.pipe(v.number(), v.integer(), v.minValue(0));

const entry = v.object({
  type: v.string(),
  path: v.string(),
  size: v.optional(size, 0),
  oid: hex,
  lfs: v.optional(v.object({ oid: hex, size })),
});

const RETRIES = 4;

/** The commit that a branch of a model stands at. */
export async function resolveRevision(
  hub: Hub,
  repo: string,
  revision: string,
): Promise<string> {
  const url = `${hub.endpoint}/api/models/${repo}/revision/${
    encodeURIComponent(revision)
  }`;
  const response = await request(hub, url, repo);
  const answer = await readJson(hub, response, url);
  const { sha } = parsed(v.object({ sha: hex }), answer, url);
  return sha;
}

/**
 * All files of a commit. Throws InputError for a model that is not there or
 * not to be seen, and for paths that would leave its folder.
 */
export async function listFiles(
  hub: Hub,
  repo: string,
  commit: string,
): Promise<HubFile[]> {
  const files: HubFile[] = [];
  let url: string | undefined =
    `${hub.endpoint}/api/models/${repo}/tree/${commit}?recursive=true`;
  while (url !== undefined) {
    const response: Response = await request(hub, url, repo);
    const page = await readJson(hub, response, url);
    for (
      const { type, path, oid, size, lfs } of parsed(v.array(entry), page, url)
    ) {
      if (type !== "file") continue;
      if (!isInside(path)) {
        throw new InputError(
          `Cannot download ${repo}: the hub names ${
            shown(path)
          }, which is no path inside the model's folder`,
        );
      }
      files.push({ path, size: lfs?.size ?? size, hash: lfs?.oid ?? oid });
    }
    url = nextPage(hub, response);
  }
  checkNames(repo, files);
  return files;
}

/** No folder can hold a file and a folder of one name, nor two files. */
function checkNames(repo: string, files: readonly HubFile[]): void {
  const paths = new Set(files.map(({ path }) => path));
  const twice = files.find(({ path }) =>
    path.split("/").some((_, i, parts) =>
      i > 0 && paths.has(parts.slice(0, i).join("/"))
    )
  );
  if (twice === undefined && paths.size === files.length) return;
  throw new InputError(
    `Cannot download ${repo}: the hub names ${
      shown(twice?.path ?? "a file")
    } beside a file of the same name`,
  );
}

/** An answer as JSON; a web page in its place comes from a network that wants a login, or from no hub. */
async function readJson(
  { silenceMs }: Hub,
  response: Response,
  url: string,
): Promise<unknown> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of piecesOrStall(response.body, silenceMs)) {
    parts.push(new Uint8Array(piece));
  }
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    const found = bytes.length === 0 ? "nothing" : foreignFile(bytes) ??
      shown(new TextDecoder().decode(bytes));
    throw new Error(
      `Cannot understand what ${url} answered: found ${found}, accepted is JSON; is it the hub, or a network that wants a login?`,
      { cause },
    );
  }
}

/** Whether a path stays in its folder, on every system, and is fit to be shown. */
export function isInside(path: string): boolean {
  return !/[\\:\p{Cc}]/u.test(path) &&
    path.split("/").every((p) => p !== "" && p !== "." && p !== "..");
}

/** Of a long list the hub sends pages, each with a link to the next. */
function nextPage({ endpoint }: Hub, { headers }: Response) {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get("link") ?? "")?.[1];
  if (next === undefined) return undefined;
  const { pathname, search } = new URL(next, endpoint);
  // The token goes nowhere else, whatever host is named; a mirror may lie in a folder.
  return `${endpoint}${pathname.replace(/^.*?(?=\/api\/)/, "")}${search}`;
}

function parsed<S extends v.GenericSchema>(
  schema: S,
  answer: unknown,
  url: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, answer);
  if (result.success) return result.output;
  throw new Error(
    `Cannot understand what ${url} answered: ${
      result.issues[0].message.slice(0, 200)
    }`,
  );
}

/**
 * Asks the hub, again after a while where it fails for a moment. Throws
 * InputError for a model or file that is not there or not to be seen.
 */
export async function request(
  { token, silenceMs }: Hub,
  url: string,
  what: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const sent = {
    ...headers,
    ...(token && { authorization: `Bearer ${token}` }),
  };
  for (let attempt = 0;; attempt++) {
    let reason: string;
    try {
      const response = await fetchOrStall(url, sent, silenceMs);
      if (response.ok) return response;
      await response.body?.cancel();
      refuse(response.status, what, token !== undefined);
      reason = `it answered ${response.status}`;
    } catch (error) {
      if (error instanceof InputError) throw error;
      reason = error instanceof Error ? error.message : String(error);
    }
    if (attempt === RETRIES) throw new Error(`Cannot reach ${url}: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
  }
}

function refuse(status: number, what: string, hasToken: boolean): void {
  if (status !== 401 && status !== 403 && status !== 404) return;
  throw new InputError(
    `Cannot download ${what}: the hub answered ${status}; ${
      status === 404
        ? "there is none of that name"
        : hasToken
        ? "the token does not allow it (has its licence been accepted?)"
        : "it wants a token: set HF_TOKEN, if such a model exists"
    }`,
  );
}
