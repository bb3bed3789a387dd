import type { LiveItem, LiveType } from './items.js';

/** A message to a client. */
export interface LiveMessage {
  readonly type: LiveType | 'limited' | 'lost';
  /** JSON; it begins with the type. */
  readonly text: string;
}

/** Updates that go into one message at most. */
const MAX_UPDATES = 500;

/**
 * What one client has not been sent yet: items whose newest state it lacks, each once, and a bounded queue of
 * events, each of which counts. Bounded by what the client is subscribed to, however slow it reads.
 */
export class Outbox {
  readonly #changed = new Set<LiveItem>();
  #events: string[] = [];
  #notices: LiveMessage[] = [];
  #lost = 0;

  /** @param maxEvents beyond it the oldest are dropped, and the client is sent how many */
  constructor(private readonly maxEvents: number) {}

  get empty(): boolean {
    return this.#changed.size === 0 && this.#events.length === 0 && this.#notices.length === 0;
  }

  /** @returns false when an earlier state of it was waiting, which is sent no more */
  change(item: LiveItem): boolean {
    if (this.#changed.has(item)) return false;
    this.#changed.add(item);
    return true;
  }

  /** The client wants it no more. */
  forget(item: LiveItem): void {
    this.#changed.delete(item);
  }

  /** @param event JSON of an anomaly. @returns false when another was dropped for it */
  add(event: string): boolean {
    this.#events.push(event);
    if (this.#events.length <= this.maxEvents) return true;
    this.#events.shift();
    this.#lost += 1;
    return false;
  }

  /** A message about the client's subscriptions, of which there is one for each at most. */
  notice(message: { readonly type: 'limited'; readonly [field: string]: unknown }): void {
    this.#notices.push({ type: message.type, text: JSON.stringify(message) });
  }

  /**
   * Takes the messages that are to be sent next, as JSON: events, and items in the order in which they changed first.
   *
   * @param maxLength characters, which the last message may exceed by one item
   */
  take(maxLength: number): LiveMessages {
    const messages = this.#notices;
    this.#notices = [];
    let updates = this.#takeEvents(messages);
    const points: string[] = [];
    const windows: string[] = [];
    let length = messages.reduce((sum, { text }) => sum + text.length, 0);
    for (const item of this.#changed) {
      if (length >= maxLength || points.length >= MAX_UPDATES || windows.length >= MAX_UPDATES) break;
      this.#changed.delete(item);
      const text = item.text();
      length += text.length;
      updates += 1;
      if (item.type === 'metric_update') points.push(text);
      else if (item.type === 'window_update') windows.push(text);
      else messages.push(messageOf(item.type, item.type, text));
    }
    if (points.length > 0) messages.push(messageOf('metric_update', 'updates', `[${points.join(',')}]`));
    if (windows.length > 0) messages.push(messageOf('window_update', 'updates', `[${windows.join(',')}]`));
    return { messages, updates };
  }

  #takeEvents(messages: LiveMessage[]): number {
    const events = this.#events;
    if (this.#lost > 0) messages.push(messageOf('lost', 'anomalies', String(this.#lost)));
    for (const event of events) messages.push(messageOf('anomaly', 'anomaly', event));
    this.#lost = 0;
    if (events.length > 0) this.#events = [];
    return events.length;
  }
}

function messageOf(type: LiveMessage['type'], name: string, json: string): LiveMessage {
  return { type, text: `{"type":"${type}","${name}":${json}}` };
}

export interface LiveMessages {
  readonly messages: readonly LiveMessage[];
  /** How many updates and events they have. */
  readonly updates: number;
}
