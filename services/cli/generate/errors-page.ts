import {
  type ErrorMeaning,
  FENCING_ERRORS,
  RECORD_ERRORS,
  REQUEST_ERRORS,
  SERVER_ERRORS,
  SETUP_ERRORS,
} from '../../../shared/core/error-codes.js';
import { code, page, table } from './markdown.js';

/** All error codes: what they mean, whether the same call may succeed later, what to do. */
export function errorsPage(): string {
  return page(
    'Error codes',
    `Each code stands in the log, in the label \`code\` of metrics, and, when a record is refused, in \`error\` of its dead letter.
*Retriable* says that the same call may succeed later without anybody changing anything; a worker then waits and repeats it,
with back-off, for ever.`,
    [
      section('Of a record: it goes to `dlq`, and the worker goes on', RECORD_ERRORS),
      section('Of a request to the gateway: it is answered with the code', REQUEST_ERRORS),
      section('Of the set-up or the program: the process ends', SETUP_ERRORS),
      section('Of a server: the worker waits, its readiness off, and skips nothing', SERVER_ERRORS),
      section('Of another instance', FENCING_ERRORS),
    ],
  );
}

function section(title: string, codes: Readonly<Record<string, ErrorMeaning>>): string {
  const rows = Object.entries(codes).map(([name, { meaning, remedy, retriable }]) => [
    code(name),
    meaning,
    retriable ? 'yes' : 'no',
    remedy,
  ]);
  return `## ${title}\n\n${table(['code', 'meaning', 'retriable', 'what to do'], rows)}`;
}
