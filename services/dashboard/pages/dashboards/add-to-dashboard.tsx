import { useState } from 'preact/hooks';
import { go, link } from '../../address/address.js';
import { saidOf } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Choice, Field } from '../../parts/field.js';
import { Loaded } from '../../parts/states.js';
import { said } from '../../parts/toasts.js';
import { boardOf, specOf } from './model/board.js';
import { added, type NewComponent } from './model/edits.js';
import { addToDashboard, createDashboard, EMPTY_SPEC, listDashboards } from './store.js';

interface AddToDashboardProps {
  /** What is added, such as a chart of Explore. */
  readonly component: NewComponent;
  readonly onClose: () => void;
}

const NEW = '';

/** Puts something that is shown elsewhere onto a dashboard, which is chosen or made. */
export function AddToDashboard({ component, onClose }: AddToDashboardProps) {
  const [title, setTitle] = useState(component.title);
  const [chosen, setChosen] = useState(NEW);
  const [name, setName] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const dashboards = useResource(listDashboards, [tenant.value]);

  const add = async () => {
    setBusy(true);
    setError(null);
    try {
      const tile = { ...component, title };
      const board = boardOf(name, EMPTY_SPEC);
      const id = chosen === NEW ? await createDashboard(name.trim(), specOf(added(board, tile))) : chosen;
      const to = chosen === NEW ? name.trim() : await addToDashboard(id, tile);
      onClose();
      said(`Added to “${to}”.`, {
        text: 'Show',
        run: () => go(link(`/dashboards/${encodeURIComponent(id)}`)),
      });
    } catch (failed) {
      setError(saidOf(failed));
      setBusy(false);
    }
  };
  return (
    <Dialog title="Save to a dashboard" onClose={onClose}>
      <Loaded of={dashboards}>
        {(all) => (
          <form
            id="add-to-dashboard"
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void add();
            }}
          >
            <Field
              label="Title"
              value={title}
              maxLength={200}
              onInput={({ currentTarget }) => setTitle((currentTarget as HTMLInputElement).value)}
            />
            <Choice
              label="Dashboard"
              value={chosen}
              options={[
                { value: NEW, text: 'A new one' },
                // Nobody changes those that are shipped.
                ...all.filter(({ shipped }) => !shipped).map((one) => ({ value: one.id, text: one.title })),
              ]}
              onChoice={setChosen}
            />
            {chosen === NEW && (
              <Field
                label="Its title"
                value={name}
                required
                maxLength={200}
                onInput={({ currentTarget }) => setName((currentTarget as HTMLInputElement).value)}
              />
            )}
          </form>
        )}
      </Loaded>
      <ErrorNote error={error} />
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" form="add-to-dashboard" disabled={isBusy}>
          Save
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
