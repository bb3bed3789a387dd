import type { IncomingHttpHeaders } from 'node:http';
import type { Format } from '../formats/format.js';

/** A path that takes bodies. */
export interface Route {
  readonly path: string;
  /** Which format a request has, where a path takes several. */
  readonly format: (headers: IncomingHttpHeaders) => Format;
}
