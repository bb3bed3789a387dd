import type { DeadLetter, OpenedDeadLetter } from '../../api/operations.js';
import { Button } from '../../parts/button.js';
import { Moment } from '../../parts/moment.js';
import { Value } from './value.js';

export interface LetterProps {
  readonly letter: DeadLetter;
  /** All of it; null before it is there. */
  readonly opened: OpenedDeadLetter | null;
  /** Null for who may not. */
  readonly onReplay: (() => void) | null;
  /** Shows those with the same error and topic. */
  readonly onSame: () => void;
}

/** One dead letter: where it comes from, why it is here, and its bytes. */
export function Letter({ letter, opened, onReplay, onSame }: LetterProps) {
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
        {opened !== null && opened.headers.length > 0 && (
          <>
            <dt>Headers</dt>
            <dd>
              {opened.headers.map(({ name, value }) => (
                <code key={name} class="letter-header">
                  {name}: {value}
                </code>
              ))}
            </dd>
          </>
        )}
      </dl>
      {letter.value === null ? <p>It has no value.</p> : <Value base64={letter.value} opened={opened} />}
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
