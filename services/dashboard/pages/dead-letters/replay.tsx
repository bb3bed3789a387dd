import { useEffect, useState } from 'preact/hooks';
import { type Answer, call, type Request } from '../../api/call.js';
import { Button } from '../../parts/button.js';
import { Dialog, DialogFoot } from '../../parts/dialog.js';
import { Failure, Skeleton } from '../../parts/states.js';
import { said } from '../../parts/toasts.js';
import { count } from '../../time/format.js';

/** Which dead letters: one by its id, or all that a filter finds. */
export type Selection = Omit<Request<'POST /dead-letters/replay'>['body'], 'dryRun' | 'force'>;
type Result = Answer<'POST /dead-letters/replay'>;

interface ReplayProps {
  readonly selection: Selection;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Says first what a replay would do, then does it. */
export function Replay({ selection, onClose, onDone }: ReplayProps) {
  const [force, setForce] = useState(false);
  const [preview, setPreview] = useState<Result | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  useEffect(() => {
    const gone = new AbortController();
    setPreview(null);
    setError(null);
    call('POST /dead-letters/replay', {
      query: {},
      body: { ...selection, force, dryRun: true },
      signal: gone.signal,
    }).then(setPreview, (failed) => !gone.signal.aborted && setError(failed));
    return () => gone.abort();
  }, [selection, force]);

  const replay = async () => {
    setBusy(true);
    setError(null);
    try {
      const { replayed, complete } = await call('POST /dead-letters/replay', {
        query: {},
        body: { ...selection, force },
      });
      said(
        complete
          ? `${count(replayed)} replayed. What is refused again comes back here.`
          : `${count(replayed)} replayed until time was up: replay again for the rest.`,
      );
      onDone();
      onClose();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Dialog title="Replay dead letters" onClose={onClose}>
      {error !== null && <Failure error={error} />}
      {error === null && preview === null && <Skeleton lines={2} />}
      {preview !== null && <Preview result={preview} />}
      <label class="bar">
        <input
          type="checkbox"
          checked={force}
          onChange={({ currentTarget }) => setForce(currentTarget.checked)}
        />
        Also what was replayed before, or may count twice
      </label>
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          disabled={isBusy || preview === null || preview.replayed === 0}
          onClick={() => void replay()}
        >
          {preview === null ? 'Replay' : `Replay ${count(preview.replayed)}`}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

function Preview({ result: { replayed, byTopic, skipped, complete } }: { readonly result: Result }) {
  const left = Object.entries(skipped).filter(([, number]) => number > 0);
  return (
    <>
      <p>
        {replayed === 0
          ? 'Nothing would be replayed.'
          : `${count(replayed)} would be sent again to where they came from:`}
      </p>
      <dl class="facts">
        {Object.entries(byTopic).map(([topic, number]) => (
          <>
            <dt>{topic}</dt>
            <dd>{count(number)}</dd>
          </>
        ))}
        {left.map(([reason, number]) => (
          <>
            <dt>Left out</dt>
            <dd>
              {count(number)}: {reason}
            </dd>
          </>
        ))}
      </dl>
      {!complete && <p class="note is-warn">Reading took too long: there may be more.</p>}
    </>
  );
}
