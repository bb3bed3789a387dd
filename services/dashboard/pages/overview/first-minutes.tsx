import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { type LivePoint, liveState, subscribe } from '../../api/live.js';
import { saidOf } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import { may, tenant } from '../../api/session.js';
import { Button } from '../../parts/button.js';
import { Copy } from '../../parts/copy.js';
import { ErrorNote } from '../../parts/error-note.js';
import { Icon } from '../../parts/icon.js';
import { Labels } from '../../parts/tag.js';
import { clockText, figure } from '../../time/format.js';
import { zone } from '../../time/zone.js';
import { firstPointCommand } from './first-point.js';

interface FirstMinutesProps {
  readonly onArrived: () => void;
  readonly onDone: () => void;
}

/** A tenant without points: how the first one is sent, and how it arrives. */
export function FirstMinutes({ onArrived, onDone }: FirstMinutesProps) {
  const [key, setKey] = useState<string | null>(null);
  const [first, setFirst] = useState<LivePoint | null>(null);
  useEffect(
    () =>
      subscribe(
        { metrics: ['*'], kinds: ['metrics'] },
        { points: (points) => setFirst((before) => before ?? points[0] ?? null) },
      ),
    [],
  );
  useEffect(() => {
    if (first !== null) onArrived();
  }, [first]);
  const setup = useResource((signal) => call('GET /setup', { query: {}, signal }), [tenant.value]);
  const gatewayUrl = setup.data?.gatewayUrl ?? null;
  return (
    <section class="first" aria-labelledby="first-title">
      {first === null ? (
        <>
          <h2 id="first-title">Send the first point</h2>
          <p>
            {tenant.value} has no points yet. Run this where <code>curl</code> is; the point appears here
            before any window of it has closed.
          </p>
          <KeyMaker made={key} onMade={setKey} />
          <Copy label="Command" text={firstPointCommand(gatewayUrl, key)} />
          {setup.data !== null && gatewayUrl === null && (
            <p class="card-note">
              The address of the gateway is not known here: <code>TACTUS_API_GATEWAY_URL</code> of the API
              names it.
            </p>
          )}
          <p class="first-waiting" role="status">
            <i class="first-pulse" aria-hidden="true" />
            {liveState.value.is === 'live' ? 'Listening for it …' : 'Connecting …'}
          </p>
          <p class="card-note">
            Prometheus, OpenTelemetry, InfluxDB and Segment clients send to the same gateway; the README of
            the gateway has their settings.
          </p>
        </>
      ) : (
        <Arrived point={first} onDone={onDone} />
      )}
    </section>
  );
}

/** A key that may send metrics, and nothing else. */
function KeyMaker({
  made,
  onMade,
}: {
  readonly made: string | null;
  readonly onMade: (key: string) => void;
}) {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try {
      const { key } = await call('POST /keys', {
        query: {},
        body: { name: 'first point', scopes: ['write:metrics'], expires: '90d' },
      });
      if (key !== null) onMade(key);
    } catch (failed) {
      setError(saidOf(failed));
    } finally {
      setBusy(false);
    }
  };
  if (made !== null)
    return (
      <p class="note">
        <Icon name="check" />
        The key is in the command. It is shown this once, may send metrics and nothing else, and is good for
        90 days.
      </p>
    );
  if (!may('admin'))
    return (
      <p class="note">
        You need a key that may send metrics: an admin of the tenant makes one, and it stands in the place of{' '}
        <code>YOUR_KEY</code>.
      </p>
    );
  return (
    <div class="bar">
      <Button kind="primary" icon="plus" disabled={isBusy} onClick={() => void make()}>
        Make a key
      </Button>
      <span class="card-note">It may send metrics, and nothing else.</span>
      <ErrorNote error={error} />
    </div>
  );
}

const SPARKS = 14;

function Arrived({ point, onDone }: { readonly point: LivePoint; readonly onDone: () => void }) {
  const { metric, value, tags, timestamp } = point;
  return (
    <div class="first-arrived" role="status">
      <span class="first-mark" aria-hidden="true">
        <Icon name="check" />
        {Array.from({ length: SPARKS }, (_, i) => (
          <i key={i} style={{ rotate: `${(360 / SPARKS) * i}deg` }} />
        ))}
      </span>
      <h2 id="first-title">It has arrived</h2>
      <p class="first-point">
        <strong>{metric}</strong> {figure(value)} <Labels of={tags} />
        <span class="card-note">{clockText(Date.parse(timestamp), zone.value)}</span>
      </p>
      <p>Its first window closes within seconds. From now on this page shows what comes of it.</p>
      <Button kind="primary" onClick={onDone}>
        Go to the overview
      </Button>
    </div>
  );
}
