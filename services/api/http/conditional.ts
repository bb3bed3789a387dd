import { hash } from 'node:crypto';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { Type } from 'typebox';

/*
 * Conditional requests (RFC 9110): who has an answer already names its ETag, and is answered 304 without a body where it
 * would get the same.
 */

/** What an answer depends on besides its address; what compresses adds its own. */
const VARY = ['Authorization', 'X-Api-Key', 'X-Scope-OrgID'];
/** Kept by who asked, and asked about each time: what is stored later is to be seen. */
const REVALIDATED = 'private, no-cache';

const NotModified = Type.Null({ description: 'The answer is that of If-None-Match still' });
const IfNoneMatch = Type.Optional(Type.String({ description: 'ETags of answers that the client has' }));

/** Reads that need the right `read` alone get an ETag, unless they set one; other answers of GET are not to be kept. */
export function conditionalReads(api: Pick<FastifyInstance, 'addHook'>): void {
  api.addHook('onRoute', (route) => {
    if (route.config?.right !== 'read' || ![route.method].flat().includes('GET')) return;
    if (isAnswered(route.schema)) route.schema = described(route.schema as FastifySchema);
  });
  api.addHook('onSend', (request, reply, payload, done) => {
    const { right } = request.routeOptions.config ?? {};
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || right === undefined || reply.statusCode !== 200) return done(null, payload);
    if (reply.hasHeader('cache-control')) return done(null, payload);
    if (right !== 'read') {
      reply.header('cache-control', 'no-store');
      return done(null, payload);
    }
    reply.header('cache-control', REVALIDATED).header('vary', varyWith(reply.getHeader('vary')));
    if (!reply.hasHeader('etag') && (typeof payload === 'string' || Buffer.isBuffer(payload)))
      // Weak, since it is that of the body before it is compressed.
      reply.header('etag', `W/"${hash('sha256', payload, 'base64url')}"`);
    const etag = reply.getHeader('etag');
    // The answer to HEAD has the length of that body, which one of 304 would not have.
    const known = request.method === 'GET' ? request.headers['if-none-match'] : undefined;
    if (known === undefined || typeof etag !== 'string' || !names(known, etag)) return done(null, payload);
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    done(null, null);
  });
}

/** An answer of JSON, and no stream. */
function isAnswered(schema: FastifySchema | undefined): boolean {
  const answers = schema?.response as Record<number, object> | undefined;
  return answers?.[200] !== undefined && !('content' in answers[200]);
}

function described(schema: FastifySchema): FastifySchema {
  const { properties = {} } = (schema.headers ?? {}) as { properties?: object };
  return {
    ...schema,
    headers: Type.Object({ ...properties, 'if-none-match': IfNoneMatch }),
    response: { ...(schema.response as object), 304: NotModified },
  };
}

function varyWith(present: unknown): string {
  return [...[present ?? []].flat(), ...VARY].join(', ');
}

/** Whether a list of ETags has this one; it is the same one whether it is weak or strong. */
export function names(list: string, etag: string): boolean {
  if (list.trim() === '*') return true;
  const strong = (one: string) => one.replace(/^W\//, '');
  return (list.match(/(?:W\/)?"[^"]*"/g) ?? []).some((one) => strong(one) === strong(etag));
}
