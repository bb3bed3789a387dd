import { TactusError } from '../../../shared/core/errors.js';
import { slowParts } from '../../../shared/core/glob.js';
import { pairsOf } from '../http/pairs.js';
import { isGlob, LIVE_KINDS, type LiveKind, type Wanted } from './wanted.js';

/*
 * What clients send over a WebSocket, one JSON object a message, and the text `ping`. See README.md.
 */

/** What a subscription asks for, before it is known whether the client may. */
export type Asked = Omit<Wanted, 'tenantId'> & { readonly tenantId: string | null };

export type ClientMessage =
  | { readonly type: 'ping' }
  | { readonly type: 'auth'; readonly token: string }
  | { readonly type: 'subscribe'; readonly id: string | null; readonly asked: Asked }
  | { readonly type: 'unsubscribe'; readonly id: string };

const MAX_TEXT = 256;
const MAX_METRICS = 100;
/** A glob has to be tried on every name. */
const MAX_GLOBS = 10;
/** Looking for it takes as many steps for each character of a name. */
const MAX_SLOW_PART = 16;
const MAX_TAGS = 32;
/** What is subscribed to where nothing is said. */
const DEFAULT_KINDS: readonly LiveKind[] = ['metrics', 'anomalies', 'alerts'];
const SHOWN = 100;

/** @throws TactusError `TACTUS_BODY_UNDECODABLE`, `TACTUS_REQUEST_INVALID` */
export function readMessage(text: string): ClientMessage {
  if (text === 'ping') return { type: 'ping' };
  const message = parsed(text);
  const { type } = message;
  switch (type) {
    case 'ping':
      return { type };
    case 'auth':
      known(message, ['type', 'token']);
      return { type, token: someText('token', message.token, 4_096) };
    case 'unsubscribe':
      known(message, ['type', 'id']);
      return { type, id: someText('id', message.id) };
    case 'subscribe': {
      known(message, ['type', 'id', 'tenantId', 'metric', 'metrics', 'tags', 'kinds']);
      const id = message.id === undefined ? null : someText('id', message.id);
      return { type, id, asked: readAsked(message) };
    }
    default:
      throw invalid('type', type, 'auth, subscribe, unsubscribe or ping');
  }
}

/** What the fields of a subscription are called where it is asked for. */
const OF_MESSAGES = { metrics: 'metrics', tags: 'tags', kinds: 'kinds' };
/** In an address, and in GraphQL, where each may be there several times. */
export const OF_PARAMETERS: typeof OF_MESSAGES = { metrics: 'metric', tags: 'tag', kinds: 'kind' };

/**
 * What is asked for, of unknown values by their names.
 *
 * @param names that who asks knows the fields by
 * @throws TactusError `TACTUS_REQUEST_INVALID`
 */
export function readAsked(fields: Readonly<Record<string, unknown>>, names = OF_MESSAGES): Asked {
  const { tenantId, metric, metrics = metric, tags = {}, kinds = DEFAULT_KINDS } = fields;
  return {
    tenantId: tenantId === undefined ? null : someText('tenantId', tenantId),
    metrics: readMetrics(names.metrics, metrics === undefined ? ['*'] : metrics),
    tags: readTags(names.tags, tags),
    kinds: readKinds(names.kinds, kinds),
  };
}

/** The parameters of an address, or of GraphQL, each of which may be there several times. */
export interface LiveParameters {
  readonly metric?: readonly string[] | null | undefined;
  readonly tag?: readonly string[] | null | undefined;
  readonly kind?: readonly string[] | null | undefined;
}

/** {@link readAsked} of parameters. @throws TactusError `TACTUS_REQUEST_INVALID` */
export function readParameters(tenantId: string, { metric, tag, kind }: LiveParameters): Asked {
  return readAsked(
    {
      tenantId,
      ...(metric && { metrics: metric }),
      ...(tag && { tags: pairsOf('tag', tag) }),
      ...(kind && { kinds: kind }),
    },
    OF_PARAMETERS,
  );
}

function readMetrics(name: string, value: unknown): string[] {
  const metrics = Array.isArray(value) ? value : [value];
  if (metrics.length === 0 || metrics.length > MAX_METRICS)
    throw invalid(name, value, `1 to ${MAX_METRICS} names or globs`);
  const read = metrics.map((metric) => someText(name, metric));
  if (read.filter(isGlob).length > MAX_GLOBS) throw invalid(name, value, `at most ${MAX_GLOBS} globs`);
  for (const glob of read)
    if (slowParts(glob).some((part) => part.length > MAX_SLOW_PART))
      throw invalid(name, glob, `at most ${MAX_SLOW_PART} characters between two * where a ? is among them`);
  return read;
}

function readTags(name: string, value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(name, value, 'an object of name to text');
  const tags = Object.entries(value);
  if (tags.length > MAX_TAGS) throw invalid(name, value, `at most ${MAX_TAGS} tags`);
  return Object.fromEntries(tags.map(([tag, text]) => [tag, someText(`${name}.${tag}`, text)]));
}

function readKinds(name: string, value: unknown): ReadonlySet<LiveKind> {
  const allowed = `a list of ${LIVE_KINDS.join(', ')}`;
  if (!Array.isArray(value) || value.length === 0) throw invalid(name, value, allowed);
  return new Set(
    value.map((kind) => {
      const known = LIVE_KINDS.find((one) => one === kind);
      if (known === undefined) throw invalid(name, kind, allowed);
      return known;
    }),
  );
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TactusError('TACTUS_BODY_UNDECODABLE', 'the message is neither JSON nor the text ping');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TactusError('TACTUS_BODY_UNDECODABLE', 'the message must be a JSON object with a type');
  return value as Record<string, unknown>;
}

function known(message: object, names: readonly string[]): void {
  const other = Object.keys(message).find((name) => !names.includes(name));
  if (other !== undefined)
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `${show(other)} is not known here; allowed are ${names.join(', ')}`,
    );
}

function someText(name: string, value: unknown, maxLength = MAX_TEXT): string {
  if (typeof value !== 'string' || value === '' || value.length > maxLength)
    throw invalid(name, name === 'token' ? '…' : value, `a text of 1 to ${maxLength} characters`);
  return value;
}

function invalid(name: string, value: unknown, allowed: string): TactusError {
  return new TactusError(
    'TACTUS_REQUEST_INVALID',
    `${name.slice(0, SHOWN)}: value was ${show(value)}; allowed is ${allowed}`,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
