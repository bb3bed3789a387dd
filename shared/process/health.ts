import type { Redact } from '../config/secrets.js';
import type { Millis } from '../core/clock.js';
import { Liveness, type Work } from './liveness.js';

/** Remarks beyond this many are counted. */
const MAX_REMARKS = 5;

/**
 * What a worker says about itself on `/healthz`, `/readyz` and `/startedz`.
 *
 * Alive: nothing has failed for good, and what there is to do is done. Ready: alive, and no reason stands against it. A reason is
 * something that will pass: a server that is down, a state that is being restored. A note is something to know
 * that does not stand against it, such as whom a watermark waits for.
 */
export class Health {
  readonly #reasons = new Map<string, string>();
  readonly #notes = new Map<string, () => readonly string[]>();
  #fatal: string | null = null;
  readonly #liveness: Liveness;
  #hasStarted = false;

  /**
   * @param redact takes secrets out of reasons, which are mostly messages of errors
   * @param stuckAfterMs work that makes no progress for so long has stopped for good
   */
  constructor(
    private readonly redact: Redact = (text) => text,
    stuckAfterMs: Millis = 300_000,
  ) {
    this.#liveness = new Liveness(stuckAfterMs);
  }

  /** Not alive while this work makes no progress though there is some. @returns ends the watch */
  watch(key: string, work: Work): () => void {
    return this.#liveness.watch(key, work);
  }

  /** Is called from time to time. @returns what makes no progress */
  look(elapsedMs: Millis): readonly string[] {
    this.#liveness.look(elapsedMs, this.#reasons.size > 0);
    return this.#liveness.stopped;
  }

  /** Not ready until `clear(key)`; a second call with the same key replaces the text. */
  block(key: string, reason: string): void {
    this.#reasons.set(key, this.redact(reason));
  }

  clear(key: string): void {
    this.#reasons.delete(key);
  }

  /** Shown until `clearNote(key)`; a second call with the same key replaces the text. */
  note(key: string, text: string): void {
    this.#notes.set(key, () => [text]);
  }

  /** One note of several remarks, of which the first few are shown, as they are whenever somebody asks; none is no note. */
  noteAll(key: string, remarks: () => readonly string[]): void {
    this.#notes.set(key, remarks);
  }

  clearNote(key: string): void {
    this.#notes.delete(key);
  }

  /** From now on what is wrong is waited for that would have ended the start. */
  started(): void {
    this.#hasStarted = true;
  }

  /** False of a worker that starts, and of a command for as long as it runs. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** Not alive from now on; the process is about to end. */
  fail(reason: string): void {
    this.#fatal ??= this.redact(reason);
  }

  get alive(): boolean {
    return this.#fatal === null && this.#liveness.stopped.length === 0;
  }

  get ready(): boolean {
    return this.alive && this.#reasons.size === 0;
  }

  /** What stands against readiness, by the key that it was blocked with. */
  get blocks(): ReadonlyMap<string, string> {
    return this.#reasons;
  }

  get notes(): string[] {
    return [...this.#notes.values()].flatMap((remarks) => this.#noteOf(remarks()));
  }

  /** Why the worker is not ready, or not alive; empty when it is. */
  get reasons(): string[] {
    return this.#fatal === null ? [...this.#liveness.stopped, ...this.#reasons.values()] : [this.#fatal];
  }

  #noteOf(remarks: readonly string[]): string[] {
    if (remarks.length === 0) return [];
    const shown = remarks.slice(0, MAX_REMARKS).join('; ');
    const more = remarks.length - MAX_REMARKS;
    return [this.redact(more > 0 ? `${shown}; and ${more} more` : shown)];
  }
}
