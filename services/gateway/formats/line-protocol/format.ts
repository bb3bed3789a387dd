import { decodePoints } from '../decode-points.js';
import type { Format } from '../format.js';
import type { Outcome } from '../outcome.js';
import { LineProtocol } from './decode.js';
import { precisionOf } from './precision.js';

const JSON_TYPE = { 'content-type': 'application/json' };
/** Lines that an answer names, at most. */
const MAX_LINES = 100;
/** Header values are short, and ASCII. */
const MAX_HEADER = 512;

/** One for both versions: they share what is kept of series, whose serials have to differ. */
const decoder = new LineProtocol();

/** InfluxDB's line protocol, as version 1 or 2 of its API takes it: they differ in what they answer. */
function lineProtocol(version: 1 | 2): Format {
  return {
    name: 'line-protocol',
    scope: 'write:metrics',
    plainEncoding: 'identity',
    // Those of version 1 drop every 4xx.
    overQuota: () => (version === 1 ? 503 : 429),
    decode(request, sink, outcome) {
      decodePoints(request, sink, outcome, (decoding) =>
        decoder.decode(request.body, precisionOf(request.query.get('precision')), decoding),
      );
    },
    answer(outcome) {
      if (outcome.refused === 0) return { status: 204, headers: {}, body: '' };
      const why = `partial write: ${reasons(outcome)} dropped=${outcome.refused}`;
      return version === 1
        ? answer1(400, why)
        : answer2(400, 'invalid', why, { line: outcome.inWords[0]?.index ?? 1 });
    },
    refuse: ({ status, error }) =>
      version === 1
        ? answer1(status, `${error.code}: ${error.message}`)
        : answer2(status, codeOf(status), `${error.code}: ${error.message}`, {}),
  };
}

export const lineProtocol1 = lineProtocol(1);
export const lineProtocol2 = lineProtocol(2);

/** InfluxQL, of which Telegraf sends CREATE DATABASE before it writes: there is nothing to do, and nothing to see. */
export const influxQuery: Format = {
  ...lineProtocol1,
  name: 'influx-query',
  overQuota: null,
  decode: () => {},
  answer: () => ({ status: 200, headers: JSON_TYPE, body: '{"results":[{"statement_id":0}]}' }),
};

function reasons(outcome: Outcome): string {
  return outcome
    .reasons(MAX_LINES, ({ message, index }) =>
      message.startsWith('line ') ? message : `line ${index}: ${message}`,
    )
    .join('; ');
}

function answer1(status: number, error: string) {
  const header = error.slice(0, MAX_HEADER).replaceAll(/[^\x20-\x7e]/g, '?');
  return {
    status,
    headers: { ...JSON_TYPE, 'x-influxdb-error': header },
    body: JSON.stringify({ error }),
  };
}

function answer2(status: number, code: string, message: string, more: { readonly line?: number }) {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ code, message, ...more }) };
}

/** By InfluxDB's names. */
function codeOf(status: number): string {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 405:
      return 'method not allowed';
    case 413:
      return 'request too large';
    case 429:
      return 'too many requests';
    case 503:
      return 'unavailable';
    default:
      return 'invalid';
  }
}
