import type { Fleet, Side } from './fleet.js';

/** A part of an installation, with topics of its own: workers of both builds, what is sent to them, and what they are to have made of it. */
export interface Part {
  readonly fleets: readonly Fleet[];
  /** Of workers and commands; a build gets of it what it knows. */
  readonly env: Readonly<Record<string, string>>;
  /** Commands that both builds run before their workers start, as the Jobs do. */
  readonly setUp: readonly (readonly string[])[];
  /** Begins to send; the workers run. */
  begin(): Promise<void>;
  /** All workers are stopped, those of the other build are next. */
  turnsTo(side: Side): void;
  /** Stops sending. Resolves, with what it has found in words, when all is read and stored; workers of this build alone run. */
  settle(): Promise<string[]>;
  /** When all workers have stopped; what it has found in words. */
  verify(): Promise<string[]>;
}
