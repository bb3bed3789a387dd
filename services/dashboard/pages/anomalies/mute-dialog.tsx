import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { CommentField } from '../../parts/comment-field.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Choice } from '../../parts/field.js';
import { said } from '../../parts/toasts.js';

interface MuteDialogProps {
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const LENGTHS = ['1h', '8h', '1d', '7d', '30d'] as const;

/** Mutes anomalies of a series, or of the whole metric: they are stored and marked, and raise no alert. */
export function MuteDialog({ metric, tags, onClose, onDone }: MuteDialogProps) {
  const [scope, setScope] = useState<'series' | 'metric'>('series');
  const [lasting, setLasting] = useState<string>('1d');
  const [comment, setComment] = useState('');
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      await call('POST /anomalies/mutes', {
        query: {},
        body: {
          ...{ metric, for: lasting },
          ...(scope === 'series' && Object.keys(tags).length > 0 && { tags }),
          ...(comment.trim() !== '' && { comment: comment.trim() }),
        },
      });
      said(`Anomalies of ${metric} are muted.`);
      onClose();
      onDone();
    } catch (failed) {
      setError(saidOf(failed));
    }
  };
  return (
    <Dialog title={`Mute ${metric}`} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <p>Its anomalies are still found and kept, but left out of lists, and raise no alert.</p>
        <Choice
          label="What"
          value={scope}
          options={[
            { value: 'series', text: 'this series' },
            { value: 'metric', text: 'all series of the metric' },
          ]}
          onChoice={setScope}
        />
        <Choice label="For" value={lasting} options={LENGTHS} onChoice={setLasting} />
        <CommentField value={comment} onComment={setComment} />
        <ErrorNote error={error} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit">
            Mute
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
