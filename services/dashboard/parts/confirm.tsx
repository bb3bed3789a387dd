import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { saidOf } from '../api/problem.js';
import { Button } from './button.js';
import { Dialog, DialogFoot } from './dialog.js';
import { ErrorNote } from './error-note.js';

interface ConfirmProps {
  readonly title: string;
  /** The verb on the button. */
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Asks before something that cannot be undone; what goes wrong is said in it. */
export function Confirm({ title, action, onConfirm, onClose, children }: ConfirmProps) {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (failed) {
      setError(saidOf(failed));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <ErrorNote error={error} />
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" disabled={isBusy} onClick={() => void confirm()}>
          {action}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
