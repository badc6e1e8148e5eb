/** A scripted server: answers by route, and a record of what was sent. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | "lost";
export type Handler = (sent: Sent) => Answer | Promise<Answer>;

export const USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11";
export const NOW_MS = 1_795_399_905_123;
export const NOW = NOW_MS * 1000;

const token = (number: number): string => `x.${btoa(JSON.stringify({ sub: USER, n: number }))}.y`;

export class FakeServer {
  readonly sent: Sent[] = [];
  readonly handlers: { [route: string]: Handler } = {};
  tokens = 0;
  version = 0;

  constructor() {
    const tokens: Handler = () => {
      this.tokens++;
      return { body: { access_token: token(this.tokens), refresh_token: `refresh-${this.tokens}` } };
    };
    this.handlers["POST /auth/login"] = tokens;
    this.handlers["POST /auth/refresh"] = tokens;
    this.handlers["GET /sync/config"] = () => ({ body: { limits: { push_changes: 1000, pull_limit: 5000 } } });
    this.handlers["GET /sync/pull"] = () => ({ body: this.page() });
    this.handlers["POST /sync/push"] = (sent) => ({ body: this.push(sent) });
  }

  page(changes: object[] = [], more: object = {}): object {
    return { changes, cursor: `c${this.version}`, has_more: false, server_clock: NOW, ...more };
  }

  /** The answer that applies every change of a push. */
  push(sent: Sent, result: (change: { id: string; [field: string]: unknown }) => object = () => ({})): object {
    const { changes } = JSON.parse(sent.body) as { changes: { collection: string; id: string }[] };
    const results = changes.map((change) => ({
      collection: change.collection,
      id: change.id,
      status: "applied",
      version: ++this.version,
      ...result(change),
    }));
    return { version: this.version, server_clock: NOW, clock_shift_us: 0, results };
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const path = url.replace(/^.*\/api\/v1/, "");
    const body = await text(init.body);
    const sent: Sent = { method: init.method!, path, headers: new Headers(init.headers), body };
    this.sent.push(sent);
    const handler = this.handlers[`${sent.method} ${path.replace(/\?.*/, "")}`];
    const answer = handler ? await handler(sent) : { status: 404, body: { code: "not_found" } };
    if (answer === "lost") throw new TypeError("the connection broke off");
    const { status = 200, body: value, headers = {} } = answer;
    return new Response(status === 304 || status === 204 ? null : JSON.stringify(value ?? {}), { status, headers });
  };

  /** Requests of a route, in their order. */
  of(route: string): Sent[] {
    return this.sent.filter((sent) => `${sent.method} ${sent.path.replace(/\?.*/, "")}` === route);
  }
}

async function text(body: RequestInit["body"] | undefined): Promise<string> {
  if (body == null || typeof body === "string") return body ?? "";
  if (body instanceof FormData) return new Response(body).text();
  const stream = new Blob([body as ArrayBuffer]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}
