import { type ReadonlySignal, signal } from '@preact/signals';
import { wallTime } from '../time/clock.js';

/** Whether the API answers, and when it did last, in ms since the epoch. */
export interface Connection {
  readonly isReachable: boolean;
  readonly heardAt: number;
}

const state = signal<Connection>({ isReachable: true, heardAt: wallTime() });
export const connection: ReadonlySignal<Connection> = state;

/** It answered, be it that it refused. */
export function heard(): void {
  state.value = { isReachable: true, heardAt: wallTime() };
}

/** It did not answer. */
export function notHeard(): void {
  if (state.peek().isReachable) state.value = { ...state.peek(), isReachable: false };
}
