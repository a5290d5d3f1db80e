import { createHash } from "node:crypto";

/** What the served hub has, and how it misbehaves. */
export interface HubContent {
  /** Files of the one model by path. */
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** Files that go by SHA-256, as those kept with LFS do. */
  readonly large: readonly string[];
  /** Paths whose first transfer breaks half way. */
  readonly cut?: Set<string>;
  /** Without it nothing is to be had. */
  readonly token?: string;
}

/** A commit of the hub's model. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A server on this machine that answers as the hub does, for `org/tiny`. */
export class HubServer implements AsyncDisposable {
  /** Ranges that were asked for, by path; empty for a whole file. */
  readonly seen: [path: string, range: string][] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(readonly content: HubContent) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** For HF_ENDPOINT; the folder `mirror` in it is one too. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer({ url, headers }: Request): Response {
    const { pathname: asked, searchParams } = new URL(url);
    const pathname = asked.replace(/^\/mirror\//, "/");
    const { token } = this.content;
    if (token && headers.get("authorization") !== `Bearer ${token}`) {
      return new Response("no", { status: 401 });
    }
    if (pathname === "/api/models/org/tiny/revision/main") {
      return Response.json({ id: "org/tiny", sha: COMMIT });
    }
    if (pathname === `/api/models/org/tiny/tree/${COMMIT}`) {
      return this.#page(searchParams.get("cursor") !== null);
    }
    const path = pathname.replace(`/org/tiny/resolve/${COMMIT}/`, "");
    if (path !== pathname) {
      return Response.redirect(`${this.endpoint}/cdn/${path}`, 302);
    }
    const body = this.content.files[pathname.replace("/cdn/", "")];
    if (!body) return new Response("no", { status: 404 });
    return this.#send(pathname.replace("/cdn/", ""), body, headers);
  }

  /** Half of the files on each page. */
  #page(second: boolean): Response {
    const entries = Object.entries(this.content.files).map(([path, bytes]) => {
      const large = this.content.large.includes(path);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const sha1 = createHash("sha1").update(`blob ${bytes.length}\0`)
        .update(bytes).digest("hex");
      const lfs = { oid: sha256, size: bytes.length, pointerSize: 130 };
      const file = { type: "file", path, oid: sha1, size: bytes.length };
      return large ? { ...file, lfs } : file;
    });
    const middle = Math.ceil(entries.length / 2);
    const folder = { type: "directory", path: "vae", oid: COMMIT, size: 0 };
    if (second) return Response.json(entries.slice(middle));
    const next = `/api/models/org/tiny/tree/${COMMIT}?recursive=true&cursor=2`;
    return Response.json([folder, ...entries.slice(0, middle)], {
      headers: { link: `<${this.endpoint}${next}>; rel="next"` },
    });
  }

  #send(
    path: string,
    bytes: Uint8Array<ArrayBuffer>,
    headers: Headers,
  ): Response {
    const range = headers.get("range") ?? "";
    this.seen.push([path, range]);
    const start = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const rest = bytes.subarray(start);
    const status = start > 0 ? 206 : 200;
    if (!this.content.cut?.delete(path)) return new Response(rest, { status });
    const half = new ReadableStream({
      async start(controller) {
        controller.enqueue(rest.subarray(0, rest.length / 2));
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.error(new Error("cut"));
      },
    });
    return new Response(half, {
      status,
      headers: { "content-length": `${rest.length}` },
    });
  }
}
