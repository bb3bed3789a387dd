import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../../shared/core/errors.js';
import { ensemble } from '../../shared/detection/ensemble.js';
import { Plot } from './plot.js';
import { HEADER, ScoredRows } from './scored-rows.js';

export interface DetectOptions {
  /** File for an SVG; undefined for none. */
  readonly plot?: string;
  readonly sensitivity: number;
}

/** `tactus detect`: scores CSV from stdin and writes it to stdout. @returns the exit code */
export async function detect(options: DetectOptions): Promise<number> {
  const plot = new Plot();
  const rows = new ScoredRows(ensemble(options), plot.add.bind(plot));
  try {
    await pump(rows, process.stdin, process.stdout);
    if (options.plot !== undefined) await writeFile(options.plot, plot.svg());
  } catch (error) {
    // The reader, such as `head`, has closed the pipe.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
    process.stderr.write(`tactus detect: ${messageOf(error)}\n`);
    return 1;
  }
  if (rows.unreadableTimes > 0)
    process.stderr.write(
      `tactus detect: rows with an unreadable timestamp: ${rows.unreadableTimes}, scored at the time of the previous row\n`,
    );
  return 0;
}

/** Scores lines as they are read and writes them at once, with backpressure. */
async function pump<State>(rows: ScoredRows<State>, input: Readable, output: Writable): Promise<void> {
  let failure: Error | null = null;
  output.on('error', (error) => {
    failure = error;
  });
  const write = async (lines: readonly string[]) => {
    const scored = lines.map((line) => rows.next(line)).filter((line) => line !== null);
    if (failure !== null) throw failure;
    if (scored.length > 0 && !output.write(`${scored.join('\n')}\n`)) await once(output, 'drain');
  };
  output.write(`${HEADER}\n`);
  let rest = '';
  input.setEncoding('utf8');
  for await (const piece of input as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    await write(lines.map((line) => line.replace(/\r$/, '')));
  }
  await write([rest.replace(/\r$/, '')]);
  await new Promise<void>((done) => output.write('', () => done()));
}
