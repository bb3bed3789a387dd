import { useState } from 'preact/hooks';
import type { DeadLetter } from '../../api/operations.js';
import { Button } from '../../parts/button.js';
import { Copy } from '../../parts/copy.js';
import { Moment } from '../../parts/moment.js';
import { bytesOf, dumpOf, textOf, wireOf } from './decoded.js';

/** Of a value; the API gives the first 64 KiB. */
const MAX_LINES = 256;

interface LetterProps {
  readonly letter: DeadLetter;
  /** Null for who may not. */
  readonly onReplay: (() => void) | null;
  /** Shows those with the same error and topic. */
  readonly onSame: () => void;
}

/** One dead letter: where it comes from, why it is here, and its bytes. */
export function Letter({ letter, onReplay, onSame }: LetterProps) {
  const { topic, partition, offset, error, message, worker, failedAt, attempts, replayedAt } = letter;
  return (
    <div class="row-more">
      <p>{message}</p>
      <dl class="facts">
        <dt>Error</dt>
        <dd>
          <code>{error}</code>
        </dd>
        <dt>From</dt>
        <dd>
          {topic}, partition {partition}, offset {offset}
        </dd>
        <dt>Refused by</dt>
        <dd>{worker}</dd>
        <dt>When</dt>
        <dd>
          <Moment at={failedAt} />
        </dd>
        <dt>Replayed before</dt>
        <dd>{attempts === 0 ? 'never' : attempts === 1 ? 'once' : `${attempts} times`}</dd>
        {replayedAt !== null && (
          <>
            <dt>Replayed</dt>
            <dd>
              <Moment at={replayedAt} />
            </dd>
          </>
        )}
        {letter.key !== null && (
          <>
            <dt>Key</dt>
            <dd>
              <code>{letter.key}</code>
            </dd>
          </>
        )}
      </dl>
      {letter.value === null ? <p>It has no value.</p> : <Value base64={letter.value} />}
      <div class="bar">
        {onReplay !== null && (
          <Button icon="reload" onClick={onReplay}>
            Replay this one
          </Button>
        )}
        <Button kind="quiet" onClick={onSame}>
          Show all with this error
        </Button>
      </div>
    </div>
  );
}

function Value({ base64 }: { readonly base64: string }) {
  const bytes = bytesOf(base64);
  const wire = wireOf(bytes);
  const text = textOf(bytes);
  const [shows, setShows] = useState<'decoded' | 'bytes'>(text === null ? 'bytes' : 'decoded');
  return (
    <div class="stack">
      <div class="bar">
        <Button
          isSmall
          aria-pressed={shows === 'decoded'}
          disabled={text === null}
          onClick={() => setShows('decoded')}
        >
          Decoded
        </Button>
        <Button isSmall aria-pressed={shows === 'bytes'} onClick={() => setShows('bytes')}>
          Bytes
        </Button>
        <span class="card-note">
          {bytes.length} bytes
          {wire !== null && `, Avro by schema ${wire.schemaId} of the registry`}
        </span>
      </div>
      {shows === 'decoded' && text !== null ? (
        <Copy label="Value" text={text} />
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
