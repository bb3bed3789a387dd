import { type ReadonlySignal, signal } from '@preact/signals';
import { wallTime } from '../time/clock.js';
import { backOffMs } from './back-off.js';
import type { Alert, Anomaly } from './operations.js';
import { accessToken, tenant } from './session.js';

/*
 * What happens, as it happens: one WebSocket for all that a page shows.
 */

export type LiveKind = 'metrics' | 'windows' | 'anomalies' | 'alerts';

export interface LivePoint {
  readonly tenantId: string;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly timestamp: string;
  readonly value: number;
  readonly kind: string;
}

export interface Wanted {
  /** Names or globs. */
  readonly metrics?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly kinds: readonly LiveKind[];
}

export interface LiveHandlers {
  readonly points?: (points: readonly LivePoint[]) => void;
  readonly anomaly?: (anomaly: Anomaly) => void;
  readonly alert?: (alert: Alert) => void;
  /** More series match than one client is sent. */
  readonly limited?: (maxSeries: number) => void;
  readonly refused?: (message: string) => void;
}

/** `off` while nothing is wanted. Since when, in ms since the epoch. */
export interface LiveState {
  readonly is: 'off' | 'connecting' | 'live' | 'stale';
  readonly since: number;
}

interface Subscription {
  readonly wanted: Wanted;
  readonly handlers: LiveHandlers;
}

const PROTOCOL = 'tactus';
const LEAST_MS = 500;
/** The server pings as well; this finds a connection that has gone silent. */
const PING_MS = 15_000;
/** The token that a connection came with is replaced on it, before it expires. */
const RENEW_MS = 4 * 60_000;
const EXPIRED = 4002;

const state = signal<LiveState>({ is: 'off', since: wallTime() });
/** Of the connection; "stale" keeps since when nothing has been heard. */
export const liveState: ReadonlySignal<LiveState> = state;

const subscriptions = new Map<string, Subscription>();
let socket: WebSocket | null = null;
let failures = 0;
let made = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Begins to be sent what is wanted, and goes on over new connections. @returns what ends it */
export function subscribe(wanted: Wanted, handlers: LiveHandlers): () => void {
  made += 1;
  const id = `s${made}`;
  subscriptions.set(id, { wanted, handlers });
  if (socket?.readyState === WebSocket.OPEN) send(subscribing(id, wanted));
  else if (socket === null) connect();
  return () => {
    subscriptions.delete(id);
    if (socket?.readyState === WebSocket.OPEN) send({ type: 'unsubscribe', id });
    if (subscriptions.size === 0) disconnect();
  };
}

/** Connects anew for another tenant. */
export function followTenant(): () => void {
  let before = tenant.peek();
  return tenant.subscribe((now) => {
    if (now === before) return;
    before = now;
    if (socket !== null) {
      disconnect();
      if (now !== null && subscriptions.size > 0) connect();
    }
  });
}

const became = (is: LiveState['is']) => {
  if (state.peek().is !== is) state.value = { is, since: wallTime() };
};

const send = (message: object) => socket?.send(JSON.stringify(message));

const subscribing = (id: string, { metrics, tags, kinds }: Wanted) => ({
  type: 'subscribe',
  ...{ id, kinds, tenantId: tenant.peek() },
  ...(metrics !== undefined && { metrics }),
  ...(tags !== undefined && { tags }),
});

function connect(): void {
  clearTimeout(timer);
  const own = new WebSocket(`${window.location.origin.replace(/^http/, 'ws')}/ws/metrics`, PROTOCOL);
  socket = own;
  if (state.peek().is === 'off') became('connecting');
  let pinging: ReturnType<typeof setInterval> | undefined;
  let renewing: ReturnType<typeof setInterval> | undefined;
  let isHeard = true;
  const present = async () => {
    const token = await accessToken();
    if (own.readyState === WebSocket.OPEN) own.send(JSON.stringify({ type: 'auth', token }));
  };
  own.addEventListener('open', () => {
    // Who cannot be logged in meanwhile is seen by everything else that asks.
    present().then(
      () => {
        for (const [id, { wanted }] of subscriptions) send(subscribing(id, wanted));
      },
      () => own.close(),
    );
    renewing = setInterval(() => void present().catch(() => own.close()), RENEW_MS);
    pinging = setInterval(() => {
      if (!isHeard) return own.close();
      isHeard = false;
      own.send('ping');
    }, PING_MS);
  });
  own.addEventListener('message', ({ data }: MessageEvent<string>) => {
    isHeard = true;
    if (data === 'pong') return;
    failures = 0;
    take(JSON.parse(data) as Message);
  });
  own.addEventListener('close', ({ code }) => {
    clearInterval(pinging);
    clearInterval(renewing);
    if (own !== socket) return;
    socket = null;
    if (subscriptions.size === 0) return became('off');
    failures += 1;
    became('stale');
    timer = setTimeout(connect, code === EXPIRED ? 0 : backOffMs(failures, LEAST_MS));
  });
}

function disconnect(): void {
  clearTimeout(timer);
  const own = socket;
  socket = null;
  own?.close();
  failures = 0;
  became('off');
}

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly updates?: readonly LivePoint[];
  readonly anomaly?: Anomaly;
  readonly alert?: Alert;
  readonly staleSince?: string | null;
  readonly maxSeries?: number;
  readonly message?: string;
}

function take(message: Message): void {
  const { type, id, updates, anomaly, alert } = message;
  const all = [...subscriptions.values()];
  switch (type) {
    case 'subscribed':
      became('live');
      break;
    case 'status':
      if (message.staleSince == null) became('live');
      else state.value = { is: 'stale', since: Date.parse(message.staleSince) };
      break;
    case 'metric_update':
      for (const { handlers } of all) handlers.points?.(updates ?? []);
      break;
    case 'anomaly':
      if (anomaly !== undefined) for (const { handlers } of all) handlers.anomaly?.(anomaly);
      break;
    case 'alert':
      if (alert !== undefined) for (const { handlers } of all) handlers.alert?.(alert);
      break;
    case 'limited':
      subscriptions.get(id ?? '')?.handlers.limited?.(message.maxSeries ?? 0);
      break;
    case 'error':
      subscriptions.get(id ?? '')?.handlers.refused?.(message.message ?? '');
      break;
    default:
      // Windows and what is lost are nobody's here.
      break;
  }
}
