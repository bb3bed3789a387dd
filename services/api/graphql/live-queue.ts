import { TactusError } from '../../../shared/core/errors.js';
import { CLOSED, type Closing } from '../live/close-codes.js';
import type { SessionSocket } from '../live/session.js';
import { LIVE_MESSAGES, type LiveMessageType } from './live-types.js';

/** A message as resolvers take it. */
export interface QueuedMessage {
  readonly type: LiveMessageType;
  readonly [field: string]: unknown;
}

/** What is not read yet of a subscription: the hub sends no more once there is as much as it says. */
export class LiveQueue implements SessionSocket {
  #texts: string[] = [];
  #length = 0;
  #end: TactusError | 'gone' | null = null;
  #wake = () => {};

  /** @param closed the server has ended it */
  constructor(private readonly closed: (closing: Closing) => void) {}

  buffered(): number {
    return this.#length;
  }

  send(type: string, text: string): void {
    if (this.#end !== null) return;
    if (type === 'error') this.#finish(refusalOf(text));
    else if (Object.hasOwn(LIVE_MESSAGES, type)) {
      this.#texts.push(text);
      this.#length += text.length;
      this.#wake();
    }
  }

  close(closing: Closing): void {
    this.closed(closing);
    this.#finish(errorOf(closing));
  }

  /** The client has gone. */
  gone(): void {
    this.#finish('gone');
  }

  /** The response has a sign of life of its own. */
  ping(): boolean {
    return true;
  }

  /** The next message; null when the client has gone. @throws TactusError why the server has ended it */
  async next(): Promise<QueuedMessage | null> {
    while (this.#texts.length === 0 && this.#end === null)
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    if (this.#end === 'gone') return null;
    if (this.#end !== null) throw this.#end;
    const text = this.#texts.shift() ?? '';
    this.#length -= text.length;
    return JSON.parse(text) as QueuedMessage;
  }

  #finish(end: TactusError | 'gone'): void {
    this.#end ??= end;
    this.#texts = [];
    this.#length = 0;
    this.#wake();
  }
}

function errorOf(closing: Closing): TactusError {
  const { reason } = closing;
  if (closing === CLOSED.failed) return new TactusError('TACTUS_INVARIANT', reason);
  const isOver = closing === CLOSED.expired || closing === CLOSED.revoked;
  return new TactusError(isOver ? 'TACTUS_CREDENTIALS_REFUSED' : 'TACTUS_API_OVERLOADED', reason);
}

/** What a session says of a subscription that it refuses or ends. */
function refusalOf(text: string): TactusError {
  const { code, message } = JSON.parse(text) as Pick<TactusError, 'code' | 'message'>;
  return new TactusError(code, message);
}
