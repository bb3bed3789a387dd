/** A request whose body is spread over several buffers, which must not change until the response is there. */
export interface PartsRequest<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** Requests of flexible versions have a header with tagged fields. */
  readonly flexible: boolean;
  readonly parts: readonly Buffer[];
  readonly requestTimeoutMs: number;
  /** Receives the response after the correlation id. */
  decode(payload: Buffer): T;
}
