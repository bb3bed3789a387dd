import { useState } from 'preact/hooks';
import { go, link } from '../../address/address.js';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { Field } from '../../parts/field.js';
import { createDashboard, EMPTY_SPEC } from './store.js';

/** Makes an empty dashboard, and goes on to edit it. */
export function NewDialog({ onClose }: { readonly onClose: () => void }) {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const create = async (title: string) => {
    setBusy(true);
    try {
      go(link(`/dashboards/${await createDashboard(title.trim(), EMPTY_SPEC)}`, { edit: 'on' }));
    } catch (failed) {
      setError(saidOf(failed));
      setBusy(false);
    }
  };
  return (
    <Dialog title="New dashboard" onClose={onClose}>
      <form
        id="new-dashboard"
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create(String(new FormData(event.currentTarget).get('title')));
        }}
      >
        <Field label="Title" name="title" required maxLength={200} pattern=".*\S.*" error={error} />
      </form>
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" form="new-dashboard" disabled={isBusy}>
          Create
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
