import { join } from "@std/path";

/** A web server of a folder on this machine, with or without ranges. */
export class FileServer implements AsyncDisposable {
  /** `METHOD path range` of every request. */
  readonly seen: string[] = [];
  /** Named as the version of all files. */
  etag = "first";
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(readonly folder: string, readonly ranges = true) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  url(path: string): URL {
    return new URL(path, `http://127.0.0.1:${this.#server.addr.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer({ method, url, headers }: Request): Promise<Response> {
    const path = decodeURIComponent(new URL(url).pathname);
    const range = headers.get("range");
    this.seen.push([method, path, range].filter(Boolean).join(" "));
    const bytes = await Deno.readFile(join(this.folder, path))
      .catch(() => undefined);
    if (bytes === undefined) return new Response("none", { status: 404 });
    if (method === "HEAD") return new Response();
    const [, first, last] = range?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
    if (!this.ranges || first === undefined) return new Response(bytes);
    const part = bytes.slice(Number(first), Number(last) + 1);
    const of = `bytes ${first}-${last}/${bytes.length}`;
    return new Response(part, {
      status: 206,
      headers: { "content-range": of, etag: this.etag },
    });
  }
}
