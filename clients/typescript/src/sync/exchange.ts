/** One request with its response, as a recorder gets it. */
export interface Exchange {
  readonly method: string;
  /** From `/api/v1`, with its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | FormData | Blob | undefined;
  readonly status: number;
  readonly responseText: string;
  /** Header of the response, null if it is absent. */
  readonly responseHeader: (name: string) => string | null;
  readonly startedMs: number;
}

/** Receiver of exchanges; it removes secrets. Streams are not recorded. */
export interface ExchangeSink {
  /** Milliseconds of the recorder's clock. */
  now(): number;
  /** Takes one exchange. */
  exchange(exchange: Exchange): void;
}
