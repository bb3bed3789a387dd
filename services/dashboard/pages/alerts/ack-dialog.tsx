import { useState } from 'preact/hooks';
import type { Alert } from '../../api/operations.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { Field } from '../../parts/field.js';

interface AckDialogProps {
  readonly alerts: readonly Alert[];
  readonly onClose: () => void;
  readonly onAck: (comment: string) => void;
}

/** Asks what is being done about alerts, for the others. */
export function AckDialog({ alerts, onClose, onAck }: AckDialogProps) {
  const [comment, setComment] = useState('');
  return (
    <Dialog
      title={alerts.length === 1 ? `Acknowledge ${alerts[0]?.rule}` : `Acknowledge ${alerts.length} alerts`}
      onClose={onClose}
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onAck(comment.trim());
        }}
      >
        <p>Escalation ends, and nobody is reminded any more until the alert is over.</p>
        <Field
          label="What is being done"
          placeholder="looking at it"
          maxLength={1_000}
          value={comment}
          onInput={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit">
            Acknowledge
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
