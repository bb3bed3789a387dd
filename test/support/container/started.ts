import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

export const SIGTERM = 15;

/** A program in a room. */
export interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly output: () => string;
}

export function started(child: ChildProcess): Started {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, exited, output: () => output };
}

/** This machine as others see it. */
export function otherAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  assert.ok(found, 'this machine has no address but loopback');
  return found.address;
}

/** Ends the first process of a room, by its number out here. */
export function signalFirst(parent: number): void {
  const [first = 0] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ').map(Number);
  if (first > 0) process.kill(first, SIGTERM);
}
