import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { post, type SentAnswer } from '../support/post.js';
import { Availability, MOST_TRIES } from './availability.js';

/** As the clients of OpenTelemetry: without an answer for so long, a try has failed. */
const NO_ANSWER_MS = 10_000;
/** After the first try that failed, where the answer says nothing else; twice as much after each further. */
const BACK_OFF_MS = { first: 1_000, most: 30_000 };
/** What is not answered yet; beyond it nothing is sent, for a sender's memory has an end too. */
const MOST_OPEN = 2_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface SentRequest {
  readonly tenant: string;
  readonly path: string;
  /** JSON. */
  readonly body: string;
  readonly acknowledge: () => void;
}

/**
 * Sends requests as an ordinary client behind a balancer does: each to the next gateway, with a time-out, and again,
 * the same bytes to the one after that, no sooner than `Retry-After` says.
 */
export class Senders {
  readonly availability = new Availability();
  /** Answers by which a request was refused for good. */
  readonly refused: string[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #open = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #turn = 0;
  /** Requests that were not sent, because too many were open. */
  skipped = 0;

  /** @param gateways where they listen; undefined while one has no address */
  constructor(
    private readonly keys: ReadonlyMap<string, string>,
    private readonly gateways: () => readonly (Address | undefined)[],
  ) {}

  send(request: SentRequest): void {
    if (this.#open.size >= MOST_OPEN) {
      this.skipped += 1;
      return;
    }
    const sent = this.#deliver(request, this.#turn++).finally(() => this.#open.delete(sent));
    this.#open.add(sent);
  }

  /** Resolves when every request was acknowledged or has had all its tries. */
  async drain(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
    this.#agent.destroy();
  }

  /** Gives up what is open. */
  async abort(): Promise<void> {
    this.#stopping.abort();
    await this.drain();
  }

  async #deliver(request: SentRequest, turn: number): Promise<void> {
    for (let tries = 1; tries <= MOST_TRIES && !this.#stopping.signal.aborted; tries++) {
      const answer = await this.#try(request, turn + tries - 1, tries);
      if (answer !== null && answer.status >= 200 && answer.status < 300) {
        this.availability.acknowledged(tries);
        request.acknowledge();
        return;
      }
      if (answer !== null && answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
        this.refused.push(`${request.path}: ${answer.status} ${answer.text.slice(0, 200)}`);
        break;
      }
      if (tries < MOST_TRIES) await this.#wait(waitMs(answer, tries));
    }
    this.availability.givenUp();
  }

  /** @returns null without an answer */
  async #try({ tenant, path, body }: SentRequest, turn: number, tries: number): Promise<SentAnswer | null> {
    const gateways = this.gateways();
    const address = gateways[turn % gateways.length];
    if (address === undefined) return null;
    const headers = {
      authorization: `Bearer ${this.keys.get(tenant)}`,
      'content-type': 'application/json',
      ...(tries > 1 && { 'retry-attempt': String(tries - 1) }),
    };
    const options = { ...address, path, headers, body, agent: this.#agent, timeoutMs: NO_ANSWER_MS };
    return await post(options).catch(() => null);
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/** With a jitter of a tenth, so that what failed at once does not come back at once. */
function waitMs(answer: SentAnswer | null, tries: number): number {
  const asked = Number(answer?.headers['retry-after']) * 1_000;
  const own = Math.min(BACK_OFF_MS.most, BACK_OFF_MS.first * 2 ** (tries - 1));
  return (asked > 0 ? asked : own) * (1 + Math.random() / 10);
}
