import type { LiveItem, LiveType } from './items.js';
import { PendingItems } from './pending-items.js';

/** The messages that the hub sends, besides those that carry data. */
export type HubMessageType = LiveType | 'limited' | 'lost' | 'status';

/** Where they go. */
export interface OutboxSink {
  /** @param text JSON, which begins with the type */
  send(type: HubMessageType, text: string): void;
}

/** What was sent. */
export interface SentCounts {
  /** Updates and events. */
  sent: number;
  messages: number;
}

/** A message about the connection, and not about what it is for. */
export interface Notice {
  readonly type: 'limited' | 'status';
  readonly [field: string]: unknown;
}

/** Updates that go into one message at most. */
const MAX_UPDATES = 500;

/**
 * What one client has not been sent yet: items whose newest state it lacks, each once, and a bounded queue of
 * events, each of which counts. Bounded by what the client is subscribed to, however slow it reads.
 */
export class Outbox {
  readonly #changed = new PendingItems();
  /** Null where there are none, as mostly. */
  #events: string[] | null = null;
  #notices: Notice[] | null = null;
  #lost = 0;

  /** @param maxEvents beyond it the oldest are dropped, and the client is sent how many */
  constructor(private readonly maxEvents: number) {}

  get empty(): boolean {
    return this.#changed.size === 0 && this.#events === null && this.#notices === null;
  }

  /** @returns false when an earlier state of it was waiting, which is sent no more */
  change(item: LiveItem): boolean {
    return this.#changed.add(item);
  }

  /** The client wants it no more. */
  forget(item: LiveItem): void {
    this.#changed.delete(item);
  }

  /** @param event JSON of an anomaly. @returns false when another was dropped for it */
  add(event: string): boolean {
    this.#events ??= [];
    this.#events.push(event);
    if (this.#events.length <= this.maxEvents) return true;
    this.#events.shift();
    this.#lost += 1;
    return false;
  }

  /** A message about the client's subscriptions, of which there is one for each at most. */
  notice(message: Notice): void {
    this.#notices ??= [];
    this.#notices.push(message);
  }

  /** A message that an earlier one is not sent for any more. */
  status(message: Notice): void {
    this.#notices = [...(this.#notices ?? []).filter(({ type }) => type !== message.type), message];
  }

  /**
   * Sends what is to be sent next, as JSON: events, and items in the order in which they changed first.
   *
   * @param maxLength characters, which the last message may exceed by one item
   * @param counts what is sent is added to them
   */
  sendTo(sink: OutboxSink, maxLength: number, counts: SentCounts): void {
    let length = this.#sendEvents(sink, counts);
    let points = '';
    let windows = '';
    let ofPoints = 0;
    let ofWindows = 0;
    while (length < maxLength && ofPoints < MAX_UPDATES && ofWindows < MAX_UPDATES) {
      const item = this.#changed.shift();
      if (item === undefined) break;
      const text = item.text();
      length += text.length;
      counts.sent += 1;
      if (item.type === 'metric_update') {
        points += ofPoints === 0 ? text : `,${text}`;
        ofPoints += 1;
      } else if (item.type === 'window_update') {
        windows += ofWindows === 0 ? text : `,${text}`;
        ofWindows += 1;
      } else send(sink, counts, item.type, `{"type":"${item.type}","${item.type}":${text}}`);
    }
    if (ofPoints > 0) send(sink, counts, 'metric_update', `{"type":"metric_update","updates":[${points}]}`);
    if (ofWindows > 0) send(sink, counts, 'window_update', `{"type":"window_update","updates":[${windows}]}`);
  }

  /** @returns characters */
  #sendEvents(sink: OutboxSink, counts: SentCounts): number {
    if (this.#notices === null && this.#events === null) return 0;
    const [notices, lost, events] = [this.#notices ?? [], this.#lost, this.#events ?? []];
    this.#notices = null;
    this.#lost = 0;
    this.#events = null;
    let length = 0;
    const pass = (type: HubMessageType, text: string) => {
      length += text.length;
      send(sink, counts, type, text);
    };
    for (const notice of notices) pass(notice.type, JSON.stringify(notice));
    if (lost > 0) pass('lost', `{"type":"lost","anomalies":${lost}}`);
    for (const event of events) pass('anomaly', `{"type":"anomaly","anomaly":${event}}`);
    counts.sent += events.length;
    return length;
  }
}

function send(sink: OutboxSink, counts: SentCounts, type: HubMessageType, text: string): void {
  counts.messages += 1;
  sink.send(type, text);
}
