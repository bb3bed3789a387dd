import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import type { Silence, SilencePreview } from '../../api/operations.js';
import { ApiProblem, saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { CommentField } from '../../parts/comment-field.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Area, Choice, Field } from '../../parts/field.js';
import { Severity } from '../../parts/tag.js';
import { said } from '../../parts/toasts.js';
import { count, momentText } from '../../time/format.js';
import { wallMoment } from '../../time/wall.js';
import { zone } from '../../time/zone.js';
import { canBeMatched, matcherOf } from './inbox.js';
import { AS_IT_IS, silenceBody } from './silence-body.js';

interface SilenceDialogProps {
  readonly matchers: readonly string[];
  /** Labels to choose from. */
  readonly labels: Readonly<Record<string, string>>;
  /** The silence that is changed; none where one is made. */
  readonly changed?: Silence;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

interface Answered {
  readonly question: string;
  readonly preview: SilencePreview | null;
  readonly error: unknown;
}

/** Years have four digits. */
const LATEST = '9999-12-31T23:59';
const LENGTHS = ['30m', '1h', '2h', '8h', '1d', '7d'] as const;
/** After the last letter. */
const SETTLED_MS = 400;
const SHOWN = 8;

/** Makes or changes a silence, and says first which alerts of this moment it would hide. */
export function SilenceDialog({ matchers, labels, changed, onClose, onDone }: SilenceDialogProps) {
  const [text, setText] = useState(matchers.join('\n'));
  const [lasting, setLasting] = useState<string>(changed === undefined ? '2h' : AS_IT_IS);
  const [startsAt, setStartsAt] = useState('');
  const [comment, setComment] = useState(changed?.comment ?? '');
  const [isAll, setAll] = useState(false);
  const [answered, setAnswered] = useState<Answered | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const offered = Object.entries(labels).filter(([name]) => canBeMatched(name));
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const starts = startsAt === '' ? null : wallMoment(startsAt, zone.value);
  const hides = silenceBody({ matchers: lines, lasting, startsAt: starts, isAll }, changed);
  const question = JSON.stringify(hides);
  const isEmpty = lines.length === 0;
  // What an earlier question would hide is not what this one does.
  const now = answered?.question === question ? answered : null;

  useEffect(() => {
    setRefusal(null);
    if (isEmpty) return;
    const gone = new AbortController();
    const timer = setTimeout(() => {
      call('POST /silences/preview', { query: {}, body: JSON.parse(question), signal: gone.signal }).then(
        (preview) => setAnswered({ question, preview, error: null }),
        (error: unknown) => {
          if (!gone.signal.aborted) setAnswered({ question, preview: null, error });
        },
      );
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [question, isEmpty]);

  const toggle = (matcher: string) =>
    setText(
      (lines.includes(matcher) ? lines.filter((one) => one !== matcher) : [...lines, matcher]).join('\n'),
    );
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const body = { ...hides, ...(comment.trim() !== '' && { comment: comment.trim() }) };
    try {
      const { endsAt } =
        changed === undefined
          ? await call('POST /silences', { query: {}, body })
          : await call('PUT /silences/{id}', {
              ...{ path: { id: changed.id }, query: {}, body, ifMatch: changed.etag },
            });
      said(`Silenced until ${momentText(Date.parse(endsAt), zone.peek())}.`);
      onClose();
      onDone();
    } catch (failed) {
      setRefusal(saidOf(failed));
      // Somebody else was faster: the list shows what they have made of it.
      if (failed instanceof ApiProblem && failed.isConflict) onDone();
    }
  };
  const preview = now?.preview ?? null;
  const error = refusal ?? (now === null || now.error === null ? null : saidOf(now.error));
  // What cannot be previewed at the moment may still be silenced; what is refused may not.
  const isRefused = now?.error instanceof ApiProblem && now.error.status < 500 && now.error.status !== 429;
  return (
    <Dialog title={changed === undefined ? 'Silence' : 'Change the silence'} onClose={onClose} isWide>
      <form class="stack" onSubmit={submit}>
        {offered.length > 0 && (
          <fieldset class="boxes">
            <legend class="visually-hidden">Labels</legend>
            {offered.map(([name, value]) => {
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
          <Choice
            label="For"
            value={lasting}
            options={[
              ...(changed === undefined ? [] : [{ value: AS_IT_IS, text: untilText(changed.endsAt) }]),
              ...LENGTHS,
            ]}
            onChoice={setLasting}
          />
          <Field
            label={`From, in ${zone.value} (${changed === undefined ? 'now' : 'as it is'} by default)`}
            type="datetime-local"
            max={LATEST}
            error={startsAt !== '' && starts === null ? 'This is no date and time.' : null}
            value={startsAt}
            onInput={({ currentTarget }) => setStartsAt(currentTarget.value)}
          />
        </div>
        <CommentField value={comment} onComment={setComment} />
        <label class="bar">
          <input
            type="checkbox"
            checked={isAll}
            onChange={({ currentTarget }) => setAll(currentTarget.checked)}
          />
          Also if it is about nearly all alerts
        </label>
        <ErrorNote error={error} />
        <div class="preview" role="status">
          {now === null && !isEmpty && <span class="card-note">Looking at what it would hide …</span>}
          {preview !== null && (
            <>
              <strong>
                {preview.count === 0
                  ? 'It hides no alert now'
                  : `It hides ${count(preview.count)} ${preview.count === 1 ? 'alert' : 'alerts'} now`}
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
          <Button
            kind="primary"
            type="submit"
            disabled={isEmpty || isRefused || (startsAt !== '' && starts === null)}
          >
            {changed === undefined ? 'Silence' : 'Change'}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

const untilText = (endsAt: string): string => `until ${momentText(Date.parse(endsAt), zone.value)}, as it is`;
