import { useState } from 'preact/hooks';
import type { OpenedDeadLetter } from '../../api/operations.js';
import { Button } from '../../parts/button.js';
import { Copy } from '../../parts/copy.js';
import { count } from '../../time/format.js';
import { bytesOf, dumpOf, textOf } from './decoded.js';

/** Of a value; the API gives the first 64 KiB. */
const MAX_LINES = 256;

interface ValueProps {
  readonly base64: string;
  /** What the API knows of it besides; null before it is there. */
  readonly opened: Pick<OpenedDeadLetter, 'length' | 'decoded'> | null;
}

/** What a dead letter has: as text, as what its schema makes of it, or as bytes. */
export function Value({ base64, opened }: ValueProps) {
  const [chosen, setChosen] = useState<'decoded' | 'bytes' | null>(null);
  const bytes = bytesOf(base64);
  const decoded = opened?.decoded ?? null;
  const text = decoded?.json ?? textOf(bytes);
  const shows = text === null ? 'bytes' : (chosen ?? 'decoded');
  return (
    <div class="stack">
      <div class="bar">
        <Button
          isSmall
          aria-pressed={shows === 'decoded'}
          disabled={text === null}
          onClick={() => setChosen('decoded')}
        >
          Decoded
        </Button>
        <Button isSmall aria-pressed={shows === 'bytes'} onClick={() => setChosen('bytes')}>
          Bytes
        </Button>
        <span class="card-note">
          {count(opened?.length ?? bytes.length)} bytes
          {decoded !== null && `, Avro by schema ${decoded.schemaId} of the registry`}
          {decoded?.schema != null && ` (${decoded.schema})`}
        </span>
      </div>
      {decoded !== null && decoded.problem !== null && (
        <p class="note is-warn">It cannot be decoded: {decoded.problem}.</p>
      )}
      {shows === 'decoded' && text !== null ? (
        <>
          {decoded?.json != null && !decoded.complete && (
            <p class="card-note">Its first {count(text.length)} characters.</p>
          )}
          <Copy label="Value" text={text} />
        </>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <pre class="dump" tabIndex={0}>
          {dumpOf(bytes, MAX_LINES)
            .map(({ at, hex, text: line }) => `${at}  ${hex}  ${line}`)
            .join('\n')}
          {bytes.length > MAX_LINES * 16 && '\n…'}
        </pre>
      )}
    </div>
  );
}
