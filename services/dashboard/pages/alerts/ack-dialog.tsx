import { useState } from 'preact/hooks';
import type { Alert } from '../../api/operations.js';
import { Button } from '../../parts/button.js';
import { CommentField } from '../../parts/comment-field.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { count } from '../../time/format.js';
import { meanwhile } from './inbox.js';

interface AckDialogProps {
  /** As they were when somebody began to act on them. */
  readonly alerts: readonly Alert[];
  /** All that are known now. */
  readonly now: readonly Alert[];
  readonly onClose: () => void;
  readonly onAck: (alerts: readonly Alert[], comment: string) => void;
}

/** Asks what is being done about alerts, for the others; those that somebody else was quicker with are left out, and it says so. */
export function AckDialog({ alerts, now, onClose, onAck }: AckDialogProps) {
  const [comment, setComment] = useState('');
  const { open, acknowledged, ended } = meanwhile(alerts, now);
  return (
    <Dialog
      title={alerts.length === 1 ? `Acknowledge ${alerts[0]?.rule}` : `Acknowledge ${alerts.length} alerts`}
      onClose={onClose}
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onAck(open, comment.trim());
        }}
      >
        <p>Escalation ends, and nobody is reminded any more until the alert is over.</p>
        <div role="status">
          {open.length < alerts.length && (
            <p class="note is-warn">{saidOfMeanwhile(alerts.length, acknowledged, ended)}</p>
          )}
        </div>
        <CommentField
          label="What is being done"
          placeholder="looking at it"
          value={comment}
          onComment={setComment}
        />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={open.length === 0}>
            Acknowledge
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function saidOfMeanwhile(all: number, acknowledged: number, ended: number): string {
  if (all === 1) return ended > 0 ? 'It has ended meanwhile.' : 'It has been acknowledged meanwhile.';
  const parts = [
    ended > 0 && `${count(ended)} ended`,
    acknowledged > 0 && `${count(acknowledged)} acknowledged`,
  ];
  return `Meanwhile, of ${count(all)}: ${parts.filter(Boolean).join(', ')}. They are left out.`;
}
