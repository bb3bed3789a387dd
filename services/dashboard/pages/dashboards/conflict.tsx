import { useState } from 'preact/hooks';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Moment } from '../../parts/moment.js';
import { type Editing, type Stored, storedBoard } from './editing.js';
import { differences } from './model/edits.js';

interface ConflictProps {
  readonly editing: Editing;
  /** What is stored by now. */
  readonly theirs: Stored;
  readonly onMine: () => Promise<void>;
  readonly onTheirs: () => void;
  readonly onClose: () => void;
}

/** Somebody else has changed what was edited: both changes are shown, and one of them is chosen. */
export function Conflict({ editing, theirs, onMine, onTheirs, onClose }: ConflictProps) {
  const [error, setError] = useState<string | null>(null);
  const before = storedBoard(editing.stored);
  const { updatedBy, updatedAt } = theirs.answer;
  const keepMine = () => onMine().catch((failed: unknown) => setError(saidOf(failed)));
  return (
    <Dialog title="Somebody else has changed it" isWide onClose={onClose}>
      <p>
        <strong>{updatedBy}</strong> has saved this dashboard at <Moment at={updatedAt} />, after you began.
        Nothing of yours is saved yet.
      </p>
      <div class="sides">
        <Side title={`By ${updatedBy}`} said={differences(before, storedBoard(theirs))} />
        <Side title="By you" said={differences(before, editing.history.present)} />
      </div>
      <ErrorNote error={error} />
      <DialogFoot>
        <Button onClick={onClose}>Go on editing</Button>
        <Button onClick={onTheirs}>Take theirs, drop mine</Button>
        <Button kind="danger" onClick={() => void keepMine()}>
          Keep mine, replace theirs
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

const MOST = 30;

function Side({ title, said }: { readonly title: string; readonly said: readonly string[] }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul class="changes">
        {said.slice(0, MOST).map((one) => (
          <li key={one}>{one}</li>
        ))}
        {said.length === 0 && <li>Nothing that is shown</li>}
        {said.length > MOST && <li>and {said.length - MOST} more</li>}
      </ul>
    </section>
  );
}
