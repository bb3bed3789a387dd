import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import type { SilencePreview } from '../../api/operations.js';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { Area, Choice, Field } from '../../parts/field.js';
import { Severity } from '../../parts/tag.js';
import { said } from '../../parts/toasts.js';
import { count } from '../../time/format.js';
import { matcherOf } from './inbox.js';

interface SilenceDialogProps {
  readonly matchers: readonly string[];
  /** Labels to choose from. */
  readonly labels: Readonly<Record<string, string>>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const LENGTHS = ['30m', '1h', '2h', '8h', '1d', '7d'] as const;
/** After the last letter. */
const SETTLED_MS = 400;
const SHOWN = 8;

/** Makes a silence, and says first which alerts of this moment it would hide. */
export function SilenceDialog({ matchers, labels, onClose, onDone }: SilenceDialogProps) {
  const [text, setText] = useState(matchers.join('\n'));
  const [lasting, setLasting] = useState<string>('2h');
  const [startsAt, setStartsAt] = useState('');
  const [comment, setComment] = useState('');
  const [isAll, setAll] = useState(false);
  const [preview, setPreview] = useState<SilencePreview | null>(null);
  const [error, setError] = useState<string | null>(null);
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const body = {
    ...{ matchers: lines, for: lasting },
    ...(startsAt !== '' && { startsAt: new Date(startsAt).toISOString() }),
    ...(comment.trim() !== '' && { comment: comment.trim() }),
    ...(isAll && { all: true }),
  };
  const question = JSON.stringify(body);

  useEffect(() => {
    const gone = new AbortController();
    const timer = setTimeout(() => {
      call('POST /silences/preview', { query: {}, body: JSON.parse(question), signal: gone.signal }).then(
        (answer) => {
          setPreview(answer);
          setError(null);
        },
        (failed) => {
          if (gone.signal.aborted) return;
          setPreview(null);
          setError(saidOf(failed));
        },
      );
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [question]);

  const toggle = (matcher: string) =>
    setText(
      (lines.includes(matcher) ? lines.filter((one) => one !== matcher) : [...lines, matcher]).join('\n'),
    );
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const { endsAt } = await call('POST /silences', { query: {}, body });
      said(`Silenced until ${new Date(endsAt).toLocaleString('en-GB')}.`);
      onClose();
      onDone();
    } catch (failed) {
      setError(saidOf(failed));
    }
  };
  return (
    <Dialog title="Silence" onClose={onClose} isWide>
      <form class="stack" onSubmit={submit}>
        {Object.keys(labels).length > 0 && (
          <fieldset class="boxes">
            <legend class="visually-hidden">Labels</legend>
            {Object.entries(labels).map(([name, value]) => {
              const matcher = matcherOf(name, value);
              return (
                <Button
                  isSmall
                  key={name}
                  aria-pressed={lines.includes(matcher)}
                  onClick={() => toggle(matcher)}
                >
                  {name}={value}
                </Button>
              );
            })}
          </fieldset>
        )}
        <Area
          label="Matchers, one a line; all have to fit"
          isCode
          required
          spellcheck={false}
          placeholder={'host=~"web-.*"'}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <div class="pair">
          <Choice label="For" value={lasting} options={LENGTHS} onChoice={setLasting} />
          <Field
            label="From (now by default)"
            type="datetime-local"
            value={startsAt}
            onInput={({ currentTarget }) => setStartsAt(currentTarget.value)}
          />
        </div>
        <Field
          label="Comment"
          placeholder="why, for the others"
          maxLength={1_000}
          value={comment}
          onInput={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <label class="bar">
          <input
            type="checkbox"
            checked={isAll}
            onChange={({ currentTarget }) => setAll(currentTarget.checked)}
          />
          Also if it is about nearly all alerts
        </label>
        {error !== null && (
          <p class="note is-bad" role="alert">
            {error}
          </p>
        )}
        <div class="preview" role="status">
          {preview !== null && (
            <>
              <strong>
                {preview.count === 0
                  ? 'It hides no alert of this moment'
                  : `It hides ${count(preview.count)} of this moment`}
                {!preview.complete && ', or more'}
              </strong>
              <ul>
                {preview.hidden.slice(0, SHOWN).map(({ fingerprint, rule, severity, labels: of }) => (
                  <li key={fingerprint} class="bar">
                    <Severity of={severity} /> {rule}{' '}
                    <span class="card-note">{of.host ?? of.metric ?? ''}</span>
                  </li>
                ))}
              </ul>
              {preview.hidden.length > SHOWN && (
                <p class="card-note">and {preview.hidden.length - SHOWN} more</p>
              )}
            </>
          )}
        </div>
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={lines.length === 0 || error !== null}>
            Silence
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
