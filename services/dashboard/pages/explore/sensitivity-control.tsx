import { useEffect, useState } from 'preact/hooks';
import { link, query, setQuery } from '../../address/address.js';
import { call } from '../../api/call.js';
import type { AnomalySensitivity, MetricOverTime } from '../../api/operations.js';
import { ApiProblem, saidOf } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { CommentField } from '../../parts/comment-field.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Field } from '../../parts/field.js';
import { Ago } from '../../parts/moment.js';
import { Slider } from '../../parts/slider.js';
import { Loaded } from '../../parts/states.js';
import { said } from '../../parts/toasts.js';
import { who } from '../../parts/who.js';
import './sensitivity.css';
import { AS_CONFIGURED, effectText, STEPS, sensitivityText, triedOf } from './sensitivity.js';

/** There is one of that glob already, or as many as a tenant may have. */
const TAKEN = 409;
const OTHER =
  'Not done: somebody else has changed it meanwhile, as it stands above. Do it again if it is still right.';

interface SensitivityControlProps {
  readonly metric: string;
  /** As it is drawn; null while there is none. */
  readonly band: MetricOverTime['band'] | null;
  /** What is kept has changed. */
  readonly onKept: () => void;
}

/** How readily anomalies of a metric are reported: tried on the band that is drawn, and kept. */
export function SensitivityControl({ metric, band, onKept }: SensitivityControlProps) {
  const fitting = useResource((signal) => askFitting(metric, signal), [tenant.value, metric]);
  return (
    <section class="sensitivity" aria-label="Sensitivity">
      <Loaded of={fitting}>
        {(all) => (
          <Shown
            {...{ metric, band, fitting: all }}
            onChanged={() => {
              fitting.reload();
              onKept();
            }}
          />
        )}
      </Loaded>
    </section>
  );
}

/** A tenant has as many at most. */
const MOST = 100;

/** Those that fit a metric; the first of them holds. */
async function askFitting(metric: string, signal?: AbortSignal): Promise<readonly AnomalySensitivity[]> {
  const query = { metric, limit: MOST };
  return (await call('GET /anomalies/sensitivities', { query, ...(signal && { signal }) })).items;
}

interface ShownProps extends Omit<SensitivityControlProps, 'onKept'> {
  readonly fitting: readonly AnomalySensitivity[];
  readonly onChanged: () => void;
}

function Shown({ metric, band, fitting, onChanged }: ShownProps) {
  const [glob, setGlob] = useState(metric);
  const [comment, setComment] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [inForce = null] = fitting;
  const kept = inForce?.sensitivity ?? AS_CONFIGURED;
  const tried = triedOf(query.value);
  const value = tried ?? kept;
  const ofGlob = (all: readonly AnomalySensitivity[], wanted: string) =>
    all.find((one) => one.metric === wanted) ?? null;
  const own = ofGlob(fitting, metric);
  useEffect(() => setError(null), [tried]);
  const tryOut = (next: number | null) =>
    setQuery({ sensitivity: next === kept ? null : next }, { replace: true });
  /** Whether something is not as it was when it was read. */
  const isOfOther = async (failed: unknown): Promise<boolean> => {
    if (!(failed instanceof ApiProblem)) return false;
    if (failed.status !== TAKEN) return failed.isConflict || failed.isNotFound;
    return ofGlob(await askFitting(metric).catch(() => []), glob) !== null;
  };
  const change = async (work: () => Promise<unknown>, done: string) => {
    setSaving(true);
    setError(null);
    try {
      await work();
      said(done);
      setComment('');
      setQuery({ sensitivity: null }, { replace: true });
    } catch (failed) {
      setError((await isOfOther(failed)) ? OTHER : saidOf(failed));
    }
    setSaving(false);
    // What is there now is shown, also where it is that of somebody else.
    onChanged();
  };
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const body = { sensitivity: value, comment: comment.trim() };
    const before = ofGlob(fitting, glob);
    void change(
      () =>
        before === null
          ? call('POST /anomalies/sensitivities', { query: {}, body: { metric: glob, ...body } })
          : call('PUT /anomalies/sensitivities/{id}', {
              ...{ path: { id: before.id }, query: {}, body, ifMatch: before.etag },
            }),
      `The sensitivity of ${glob} is ${sensitivityText(value)}.`,
    );
  };
  const reset = ({ id, etag }: AnomalySensitivity) =>
    void change(
      () => call('DELETE /anomalies/sensitivities/{id}', { path: { id }, query: {}, ifMatch: etag }),
      `Nothing is set for ${metric} any more.`,
    );
  return (
    <form class="stack" onSubmit={save}>
      {may('operate') ? (
        <Slider
          label={`Sensitivity: ${sensitivityText(value)}`}
          value={Math.round(value * STEPS)}
          max={STEPS}
          valueText={sensitivityText(value)}
          captions={['fewer', 'as configured', 'more']}
          onValue={(step) => tryOut(step / STEPS)}
        />
      ) : (
        <p>
          Sensitivity{tried !== null && ' that is tried'}: {sensitivityText(value)}
        </p>
      )}
      {band != null && <p role="status">{effectText(band)}</p>}
      <p class="card-note">
        {inForce === null ? (
          'Nobody has set one.'
        ) : (
          <>
            {who(inForce.by)} has set {inForce.sensitivity} for {inForce.metric}{' '}
            <Ago at={inForce.updatedAt} />
            {inForce.comment !== '' && `: ${inForce.comment}`}
          </>
        )}{' '}
        <a href={link('/anomalies/sensitivities')}>All sensitivities</a>
      </p>
      {tried !== null && tried !== kept && may('operate') && (
        <>
          <Field
            label="For"
            hint="This metric, or a glob for several, such as checkout.*; the most specific one holds."
            required
            maxLength={256}
            value={glob}
            onInput={({ currentTarget }) => setGlob(currentTarget.value)}
          />
          <CommentField value={comment} onComment={setComment} />
          <div class="bar">
            <Button kind="primary" type="submit" disabled={isSaving}>
              Save
            </Button>
            <Button onClick={() => tryOut(null)}>Undo</Button>
          </div>
        </>
      )}
      {tried === null && own !== null && may('operate') && (
        <div class="bar">
          <Button isSmall disabled={isSaving} onClick={() => reset(own)}>
            Reset
          </Button>
        </div>
      )}
      <ErrorNote error={error} />
    </form>
  );
}
