import { attemptsOf, type StoredDeadLetter } from '../../../shared/dead-letters/dead-letter.js';
import type { ReplayOutcome } from '../../../shared/dead-letters/replay.js';
import type { Listing } from '../../dlq/commands.js';
import { tableText } from './table.js';

const PREVIEW = 2_000;

/** Headings of {@link tableRow}. */
const HEADINGS = ['id', 'failed at', 'worker', 'error', 'from', 'tenant', 'replayed', 'message'] as const;

/** A list of dead letters as a table, and how many there are of each error. */
export function listText({ letters, total, byError }: Listing, width: number | undefined): string[] {
  const table = letters.length === 0 ? [] : [...tableText([HEADINGS, ...letters.map(tableRow)], width), ''];
  const shown = letters.length < total ? `, the newest ${letters.length} shown` : '';
  return [
    ...table,
    `${total} dead ${total === 1 ? 'letter' : 'letters'}${shown}`,
    ...byError.map(([code, count]) => `  ${count}  ${code}`),
  ];
}

/** The cells of one dead letter. */
function tableRow(one: StoredDeadLetter): string[] {
  const { letter, origin, tenantId, replayed } = one;
  return [
    one.id,
    new Date(letter.failedAt).toISOString(),
    letter.worker,
    letter.error,
    `${origin ?? letter.topic}[${letter.partition}]@${letter.offset}`,
    tenantId ?? '-',
    replayed === null ? '-' : new Date(replayed.at).toISOString(),
    letter.message,
  ];
}

/** What a replay did, or would do. */
export function replayText({ replayed, byTopic, skipped }: ReplayOutcome, dryRun: boolean): string[] {
  const reasons = Object.entries(skipped);
  const left = reasons.reduce((sum, [, count]) => sum + count, 0);
  return [
    `${replayed} ${dryRun ? 'would be replayed' : 'replayed'}`,
    ...Object.entries(byTopic).map(([topic, count]) => `  ${count}  to ${topic}`),
    ...(left === 0 ? [] : [`${left} left alone`]),
    ...reasons.map(([reason, count]) => `  ${count}  ${reason}`),
  ];
}

/** All of one dead letter, as text. */
export function detailsText(one: StoredDeadLetter): string {
  const { letter, decoded, tenantId, replayed } = one;
  const lines: [string, string][] = [
    ['id', one.id],
    ['failed at', new Date(letter.failedAt).toISOString()],
    ['worker', letter.worker],
    ['error', letter.error],
    ['message', letter.message],
    ['from', `${letter.topic}[${letter.partition}]@${letter.offset}`],
    ['tenant', tenantId ?? 'not known'],
    ['key', letter.key === null ? 'none' : printable(letter.key)],
    ...Object.entries(letter.headers).map(([name, value]): [string, string] => [
      `header ${name}`,
      printable(value),
    ]),
    ['attempts', `${attemptsOf(letter)} before it was refused`],
    [
      'replayed',
      replayed === null ? 'no' : `${new Date(replayed.at).toISOString()}, attempt ${replayed.attempts}`,
    ],
    ['value', letter.value === null ? 'none' : `${letter.value.length} bytes`],
  ];
  const wide = Math.max(...lines.map(([name]) => name.length));
  const out = lines.map(([name, value]) => `${name.padEnd(wide)}  ${value}`);
  if (decoded !== null) out.push('', jsonOf(decoded, 2));
  else if (letter.value !== null)
    out.push('', printable(letter.value.subarray(0, PREVIEW)), '', hex(letter.value));
  return out.join('\n');
}

/** One dead letter as a line of JSON: bytes in base64, times as ISO 8601. */
export function jsonLine(one: StoredDeadLetter): string {
  const { letter, origin, tenantId, decoded, replayed } = one;
  const { headers, key, value, failedAt, ...rest } = letter;
  return jsonOf({
    ...{ id: one.id, ...rest, origin, tenantId, failedAt: new Date(failedAt).toISOString() },
    key: key?.toString('base64') ?? null,
    value: value?.toString('base64') ?? null,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, bytes]) => [name, bytes.toString('base64')]),
    ),
    attempts: attemptsOf(letter),
    replayed: replayed === null ? null : { ...replayed, at: new Date(replayed.at).toISOString() },
    decoded,
  });
}

function jsonOf(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part),
    indent,
  );
}

/** Bytes as text, with escapes for characters that cannot be printed. */
function printable(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('utf8')).slice(1, -1);
}

/** The first bytes in hexadecimal, 16 per line. */
function hex(bytes: Buffer): string {
  const shown = bytes.subarray(0, 256);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += 16)
    lines.push(
      `${at.toString(16).padStart(4, '0')}  ${shown
        .toString('hex', at, at + 16)
        .replace(/(..)/g, '$1 ')
        .trimEnd()}`,
    );
  if (bytes.length > shown.length) lines.push(`and ${bytes.length - shown.length} more bytes`);
  return lines.join('\n');
}
