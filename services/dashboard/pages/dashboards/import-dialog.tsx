import { useState } from 'preact/hooks';
import { go, link } from '../../address/address.js';
import { saidOf } from '../../api/problem.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { Area, Field } from '../../parts/field.js';
import { fromFile } from './model/board.js';
import { createDashboard } from './store.js';

/** Makes a dashboard of a file, and says each mistake in it. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [mistakes, setMistakes] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const create = async () => {
    const file = fromFile(text);
    if ('mistakes' in file) return setMistakes(file.mistakes);
    setBusy(true);
    try {
      go(link(`/dashboards/${await createDashboard(file.title, file.spec)}`));
    } catch (error) {
      setMistakes([saidOf(error)]);
      setBusy(false);
    }
  };
  const take = (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    file?.text().then(setText, (error: unknown) => setMistakes([saidOf(error)]));
  };
  return (
    <Dialog title="Import a dashboard" isWide onClose={onClose}>
      <Field
        label="File"
        type="file"
        accept=".json,application/json"
        onChange={({ currentTarget }) => take(currentTarget as HTMLInputElement)}
      />
      <Area
        label="Or its text"
        hint="JSON with title and spec, as Export writes it"
        isCode
        rows={10}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      {mistakes.length > 0 && (
        <div class="note is-bad" role="alert">
          <ul aria-label="Mistakes">
            {mistakes.map((mistake) => (
              <li key={mistake}>{mistake}</li>
            ))}
          </ul>
        </div>
      )}
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" disabled={text.trim() === '' || isBusy} onClick={() => void create()}>
          Import
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
