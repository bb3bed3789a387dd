import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../../shared/core/errors.js';
import { ensemble } from '../../shared/detection/ensemble.js';
import { Report } from './report.js';
import { csvRow, jsonRow } from './row-format.js';
import { HEADER, ScoredRows } from './scored-rows.js';

/** Rows between two lines of progress. */
const PROGRESS_EVERY = 500_000;

export interface DetectOptions {
  /** File for an SVG; undefined for none. */
  readonly plot?: string;
  /** File for an HTML page; undefined for none. */
  readonly report?: string;
  /** An object a line in place of CSV. */
  readonly json: boolean;
  readonly sensitivity: number;
}

/** `tactus detect`: scores CSV from stdin and writes it to stdout. @returns the exit code */
export async function detect(options: DetectOptions): Promise<number> {
  const report = new Report();
  const rows = new ScoredRows(ensemble(options), report.add.bind(report), options.json ? jsonRow : csvRow);
  try {
    await pump(rows, process.stdin, process.stdout, options.json ? null : HEADER);
    const rubbish = rows.rubbish.lines();
    for (const line of rubbish) say(line);
    if (options.plot !== undefined) await writeFile(options.plot, report.plot.svg());
    if (options.report !== undefined) await writeFile(options.report, report.html(rubbish));
  } catch (error) {
    // The reader, such as `head`, has closed the pipe.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
    say(messageOf(error));
    return 1;
  }
  if (rows.count > 0) return 0;
  say('the input has no rows; it must be CSV with the header "timestamp,value"');
  return 1;
}

function say(line: string): void {
  process.stderr.write(`tactus detect: ${line}\n`);
}

/** Scores lines as they are read and writes them at once, with backpressure. */
async function pump<State>(
  rows: ScoredRows<State>,
  input: Readable,
  output: Writable,
  header: string | null,
): Promise<void> {
  let failure: Error | null = null;
  output.on('error', (error) => {
    failure = error;
  });
  const write = async (lines: readonly string[]) => {
    const before = rows.count;
    const scored = lines.map((line) => rows.next(line)).filter((line) => line !== null);
    if (Math.floor(rows.count / PROGRESS_EVERY) > Math.floor(before / PROGRESS_EVERY))
      say(`${rows.count} rows so far`);
    if (failure !== null) throw failure;
    if (scored.length > 0 && !output.write(`${scored.join('\n')}\n`)) await once(output, 'drain');
  };
  if (header !== null) output.write(`${header}\n`);
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
