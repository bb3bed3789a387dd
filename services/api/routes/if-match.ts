import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Millis } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { HttpProblem } from '../http/problem.js';
import { WriteHeaders } from './requests.js';

/*
 * A change says which version it was made of, so that nobody's change is lost.
 */

export const IfMatch = Type.Object({
  ...WriteHeaders.properties,
  'if-match': Type.String({ maxLength: 100, description: 'The ETag of the version that was read' }),
});

/** @param version a number */
export const etagOf = (version: string | number) => `"${version}"`;

/** The version that a request is made of. */
export function versionOf({ headers }: FastifyRequest): string {
  const text = headers['if-match'] ?? '';
  const version = /^"(\d{1,19})"$/.exec(text)?.[1];
  // Another text is the ETag of no version.
  return version ?? 'none';
}

/** Somebody else was faster. @param what was changed, by whom, and the version that it has now */
export function changedSince(
  what: string,
  { by, at, version }: { readonly by: string; readonly at: string; readonly version: string | number },
): HttpProblem {
  return new HttpProblem(
    412,
    'TACTUS_VERSION_MISMATCH',
    `${what} was changed since it was read, by ${by} at ${at}; read it again`,
    { etag: etagOf(version) },
  );
}

/**
 * For what has the time of its last change as its version.
 *
 * @throws HttpProblem where the request is made of another version
 */
export function requireVersion(
  request: FastifyRequest,
  what: string,
  { by, at }: { readonly by: string; readonly at: Millis },
): void {
  if (versionOf(request) !== String(at)) throw changedSince(what, { by, at: isoTime(at), version: at });
}
