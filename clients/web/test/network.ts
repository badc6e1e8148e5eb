/** The way from a browser to the server, on which the server can go away in the middle of a request. */
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Before the server has the request, or after it has served it: then only the response is lost. */
type Moment = "before" | "after";

export class Network {
  readonly #target: URL;
  #server: Server | undefined;
  #port = 0;
  #break: { readonly path: string; readonly moment: Moment } | undefined;
  /** Requests of the API with their status: `GET /api/v1/sync/pull 200`. */
  readonly seen: string[] = [];

  constructor(target: string) {
    this.#target = new URL(target);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Lets requests through, from now on under the same address. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => this.#serve(request, response));
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** The server is gone: open connections break, new ones are refused. */
  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }

  /** Goes away at the next request of a path. */
  stopAt(path: string, moment: Moment): void {
    this.#break = { path, moment };
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url!.replace(/\?.*/, "");
    const moment = this.#break?.path === path ? this.#break.moment : undefined;
    if (moment) this.#break = undefined;
    if (moment === "before") return this.stop();
    const { method, headers } = request;
    const { hostname, port } = this.#target;
    const forwarded = httpRequest({ hostname, port, path: request.url!, method, headers }, (answer) => {
      if (path.startsWith("/api/")) this.seen.push(`${method} ${path} ${answer.statusCode}`);
      if (moment === "after") {
        answer.resume().on("end", () => this.stop());
      } else {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }
    });
    forwarded.on("error", () => response.destroy());
    response.on("close", () => forwarded.destroy());
    request.pipe(forwarded);
  }
}
