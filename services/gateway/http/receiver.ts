import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { presentedKey } from '../../../shared/adapters/http/presented-key.js';
import type { Tenants } from '../../../shared/admission/tenants.js';
import type { Clock } from '../../../shared/core/clock.js';
import { type ErrorCode, messageOf, TactusError } from '../../../shared/core/errors.js';
import {
  type Access,
  ALL_TENANTS,
  isRefusal,
  type KeyVerifier,
  type Principal,
} from '../../../shared/ports/keys.js';
import type { Span } from '../../../shared/ports/tracing.js';
import { type AboutFields, aboutFields } from '../../../shared/process/log-fields.js';
import type { Answer, Format, FormatRequest } from '../formats/format.js';
import { headerText } from '../formats/header-text.js';
import { Outcome } from '../formats/outcome.js';
import type { BatchSink } from '../produce/batch-sink.js';
import type { Gatherer, Written } from '../produce/gatherer.js';
import { OverQuota } from '../quota/over-quota.js';
import { RequestAmounts } from '../quota/request-amounts.js';
import type { RequestQuotas, Sender } from '../quota/request-quotas.js';
import { endAnswered, markTraced, type RequestTraces } from '../tracing/request-traces.js';
import type { Held, InFlight } from './in-flight.js';
import type { RequestObserver } from './observer.js';
import { readBody, SenderGone } from './read-body.js';
import { retryAfterS } from './retry-after.js';
import { encodingOf, unpack } from './unpack.js';

export interface ReceiverOptions {
  readonly keys: KeyVerifier;
  readonly tenants: Tenants;
  readonly quotas: RequestQuotas;
  readonly inFlight: InFlight;
  readonly gatherer: Gatherer;
  readonly sink: BatchSink;
  readonly clock: Clock;
  readonly observer: RequestObserver;
  /** Missing where tracing is off. */
  readonly traces?: RequestTraces;
  readonly limits: { readonly maxBodyBytes: number; readonly maxUnpackedBytes: number };
}

/** What a request as a whole is refused with; other codes are of records, hence 400. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  TACTUS_CREDENTIALS_REFUSED: 401,
  TACTUS_NOT_ALLOWED: 403,
  TACTUS_TENANT_UNKNOWN: 403,
  TACTUS_BODY_TOO_LARGE: 413,
  TACTUS_BODY_UNSUPPORTED: 415,
};
const NO_KEY =
  'the request presents no key; allowed are the headers "Authorization: Bearer KEY" (or Token KEY, or Basic with it as password) and "X-Api-Key: KEY"; what the address has, such as u and p, is not read';
const UNAVAILABLE = 503;
const TOO_MANY = 429;
const BAD_REQUEST = 400;

/** The records of a request are at hand, and whether its tenant may send them is still asked. */
class QuotaAsked extends Error {
  override readonly name = 'QuotaAsked';

  constructor(readonly answer: Promise<OverQuota | null>) {
    super('whether the tenant may send so much is still asked');
  }
}

/** Who sends, from where, and for which tenant; null where items name theirs. */
interface Asking {
  readonly principal: Principal;
  readonly access: Access;
  readonly tenantId: string | null;
  /** Null where it is not traced. */
  readonly span: Span | null;
}

/** A fault met on the way, and whose request it was. */
export class RequestFailed extends Error {
  constructor(
    override readonly cause: unknown,
    readonly about: AboutFields,
  ) {
    super(messageOf(cause), { cause });
  }
}

/** Takes in one request: credentials, body, records, acknowledgement, answer. */
export class Receiver {
  constructor(private readonly options: ReceiverOptions) {}

  /** @returns null when the sender has gone */
  async receive(format: Format, request: IncomingMessage): Promise<Answer | null> {
    const { inFlight, observer } = this.options;
    const began = performance.now();
    let answer: Answer;
    let held: Held | null = null;
    let tenant: string | null = null;
    let sender: Sender | null = null;
    let span: Span | null = null;
    try {
      const access = accessOf(request);
      const principal = this.#principal(request.headers, access);
      const tenantId = this.#tenantOf(principal, request.headers, format, access);
      tenant = tenantId ?? principal.tenantId;
      sender = {
        tenantId: tenant,
        keyId: principal.keyId,
        format: format.name,
        quantity: quantityOf(format),
      };
      held = inFlight.open(tenant);
      span = this.#begin(format, request, tenant, performance.now() - began);
      answer = await this.#take(format, request, { principal, access, tenantId, span }, sender, held);
    } catch (error) {
      if (error instanceof SenderGone) {
        observer.gone(format.name);
        span?.end('the sender went away');
        return null;
      }
      if (!(error instanceof TactusError)) {
        span?.end(messageOf(error));
        throw new RequestFailed(error, aboutFields(tenant, span?.context));
      }
      span?.set({ 'error.type': error.code });
      observer.refused(error.code, tenant);
      if (error instanceof OverQuota) observer.overQuota(error.tenantId, error.exceeded);
      answer = this.refusal(format, error, request.headers);
    } finally {
      held?.close();
    }
    observer.answered(format.name, answer.status, secondsSince(began), span?.context.traceId);
    if (span !== null) endAnswered(span, answer.status);
    // Of a key for all tenants only items name one.
    if (sender === null || sender.tenantId === ALL_TENANTS || format.overQuota === null) return answer;
    const after = answer.headers['retry-after'];
    const retryAfterS = after === undefined ? null : Number(after);
    const now = this.options.clock.now();
    const limits = this.options.quotas.headers(sender.tenantId, sender.keyId, now, retryAfterS);
    return { ...answer, headers: { ...answer.headers, ...limits } };
  }

  /** What a request is answered that is refused as a whole. */
  refusal(
    format: Pick<Format, 'refuse'> & Partial<Pick<Format, 'overQuota'>>,
    error: TactusError,
    headers: IncomingHttpHeaders,
  ): Answer {
    let status = error.retriable ? UNAVAILABLE : (STATUS[error.code] ?? BAD_REQUEST);
    let least = 0;
    if (error instanceof OverQuota) {
      const { exceeded, alwaysRetry } = error;
      status = format.overQuota?.(exceeded.lasting && !alwaysRetry) ?? TOO_MANY;
      least = exceeded.retryAfterS;
    }
    const again = status === UNAVAILABLE || status === TOO_MANY;
    const wait = again ? Math.max(least, retryAfterS(headers['retry-attempt'], Math.random())) : null;
    const answer = format.refuse({ status, error }, headers);
    const more: Record<string, string> = {};
    if (wait !== null) more['retry-after'] = String(wait);
    if (status === 401) more['www-authenticate'] = 'Bearer realm="tactus"';
    return { ...answer, headers: { ...answer.headers, ...more } };
  }

  #begin(format: Format, { headers, url = '' }: IncomingMessage, tenantId: string, elapsedMs: number) {
    const { traces, clock } = this.options;
    if (traces === undefined) return null;
    const began = clock.now() - elapsedMs;
    const path = url.split('?')[0] ?? '';
    return traces.begin({ traceparent: headers.traceparent, path, format: format.name, tenantId, began });
  }

  async #take(
    format: Format,
    message: IncomingMessage,
    { principal, access, tenantId, span }: Asking,
    sender: Sender,
    held: Held,
  ): Promise<Answer> {
    const { keys, limits, observer, quotas, clock } = this.options;
    const { headers } = message;
    const { name } = format;
    const grow = (bytes: number) => held.grow(bytes);
    const encoding = encodingOf(headers['content-encoding'], format.plainEncoding);

    const began = performance.now();
    const requireRoom = (bytes: number) => held.requireRoom(bytes);
    const packed = await readBody(message, { maxBodyBytes: limits.maxBodyBytes, requireRoom, grow });
    observer.stage('read', name, secondsSince(began));
    const counted = format.overQuota !== null;
    const over = counted && tenantId !== null ? quotas.check(sender, packed.length, clock.now()) : null;
    if (over !== null) throw over;
    const unpacking = performance.now();
    const body = await unpack(packed, encoding, { maxUnpackedBytes: limits.maxUnpackedBytes, grow });
    held.become(body.length);
    observer.stage('unpack', name, secondsSince(unpacking));
    observer.read(name, packed.length, body.length);

    const request: FormatRequest = {
      tenantId,
      allows: (other) =>
        other === tenantId || !isRefusal(keys.authorize(principal, format.scope, other, access)),
      body,
      mediaType: mediaTypeOf(headers['content-type']),
      headers,
      query: queryOf(message.url),
      source: sourceOf(headers['user-agent']),
      now: clock.now(),
    };
    const { outcome, written } = await this.#write(format, request, sender, packed.length, held, span);
    const error = errorOf(await written, observer, name);
    observer.taken(name, outcome, error === null ? 'accepted' : 'unacknowledged');
    if (error !== null) throw error;
    return format.answer(outcome, request);
  }

  /**
   * Decodes a request and hands its records to the gatherer, unless its tenant is over its quota. Where that has to be
   * asked, nothing is handed over before the answer, and it is decoded again: others share the batch, which waits for nobody.
   */
  async #write(
    format: Format,
    request: FormatRequest,
    sender: Sender,
    packedBytes: number,
    held: Held,
    span: Span | null,
  ): Promise<{ readonly outcome: Outcome; readonly written: Promise<Written> }> {
    const { gatherer, observer, quotas, sink } = this.options;
    const decoded = (letIn: boolean) => {
      const outcome = new Outcome();
      const amounts = new RequestAmounts();
      const began = performance.now();
      try {
        const written = gatherer.write((batch) => {
          const before = batch.bytes;
          const first = batch.length;
          sink.use(batch, outcome, amounts, request.now);
          decode(format, request, sink, outcome);
          quotas.note(sender, packedBytes, amounts);
          if (!letIn && format.overQuota !== null) {
            const over = quotas.take(amounts, sender.keyId, request.now);
            if (over instanceof Promise) throw new QuotaAsked(over);
            if (over !== null) throw over;
          }
          if (span !== null) markTraced(batch, first, span);
          held.become(batch.bytes - before);
        });
        return { outcome, written, asked: null };
      } catch (error) {
        if (error instanceof OverQuota) observer.taken(format.name, outcome, 'over_quota');
        if (!(error instanceof QuotaAsked)) throw error;
        return { outcome, written: null, asked: error.answer };
      } finally {
        observer.stage('decode', format.name, secondsSince(began));
      }
    };
    let { outcome, written, asked } = decoded(false);
    if (asked !== null) {
      const over = await asked;
      if (over !== null) {
        observer.taken(format.name, outcome, 'over_quota');
        throw over;
      }
      ({ outcome, written } = decoded(true));
    }
    return { outcome, written: written as Promise<Written> };
  }

  /** @throws TactusError `TACTUS_CREDENTIALS_REFUSED` */
  #principal(headers: IncomingHttpHeaders, access: Access): Principal {
    const presented = presentedKey(headers);
    const answer = this.options.keys.verify(presented ?? '', access);
    if (!isRefusal(answer)) return answer;
    const message = presented === null ? NO_KEY : answer.message;
    throw new TactusError('TACTUS_CREDENTIALS_REFUSED', message);
  }

  /**
   * Null where the key is for all tenants and the request names none: its items may.
   *
   * @throws TactusError `TACTUS_NOT_ALLOWED`, `TACTUS_TENANT_UNKNOWN`, and for what is no name
   */
  #tenantOf(
    principal: Principal,
    headers: IncomingHttpHeaders,
    { scope }: Format,
    access: Access,
  ): string | null {
    const { tenants, keys } = this.options;
    const header = headers['x-scope-orgid'];
    const named = typeof header === 'string' && header !== '' ? headerText(header) : null;
    const answer = keys.authorize(principal, scope, named ?? principal.tenantId, access);
    if (isRefusal(answer)) throw new TactusError('TACTUS_NOT_ALLOWED', answer.message);
    const { tenantId } = answer;
    if (tenantId === ALL_TENANTS) return null;
    const rejection = tenants.refusal(tenantId);
    if (rejection !== null) throw new TactusError(rejection.code, rejection.message);
    return tenantId;
  }
}

/** What a decoder throws besides is a fault in it: the body is not to be sent again and again. */
function decode(format: Format, request: FormatRequest, sink: BatchSink, outcome: Outcome): void {
  try {
    format.decode(request, sink, outcome);
  } catch (error) {
    if (error instanceof TactusError) throw error;
    throw new TactusError('TACTUS_INVARIANT', `reading the body failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Why some records are not acknowledged; null when all are. */
function errorOf(
  { error, missing, refused, waitedMs, producedMs }: Written,
  observer: RequestObserver,
  format: string,
): TactusError | null {
  observer.stage('wait', format, waitedMs / 1_000);
  observer.stage('produce', format, producedMs / 1_000);
  if (error === null) return null;
  // Sent again, it would be refused again.
  if (refused.size === missing) {
    const [[index, why] = [0, '']] = refused;
    return new TactusError('TACTUS_RECORD_UNWRITABLE', `record ${index} of the request: ${why}`);
  }
  // Whatever the reason, sending the same again is safe, and may succeed.
  return new TactusError('TACTUS_KAFKA_UNAVAILABLE', error.message, { cause: error });
}

function accessOf({ method = '', url = '', socket }: IncomingMessage): Access {
  return { resource: `${method} ${url.split('?')[0]}`, from: socket.remoteAddress ?? '' };
}

function quantityOf({ scope }: Format): 'points' | 'events' {
  return scope === 'write:events' ? 'events' : 'points';
}

function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function queryOf(url = ''): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}

/** The first product of a user agent, without its version; null for what has none. */
function sourceOf(userAgent: string | undefined): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}/.exec(userAgent ?? '')?.[0].toLowerCase() ?? null;
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1_000;
}
