import { useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import { useResource } from '../../api/resource.js';
import { tenant } from '../../api/session.js';
import { Loaded } from '../../parts/states.js';
import { FirstMinutes } from './first-minutes.js';
import { Overview } from './overview.js';
import './overview.css';

/** A tenant that sent nothing for so long is shown how to begin. */
const EVER = 'now-30d';
/** Points may have come while nobody listened. */
const AGAIN_MS = 10_000;

export default function Page() {
  return <PageOf key={tenant.value ?? ''} />;
}

function PageOf() {
  const [is, setIs] = useState<'asked' | 'begins' | 'goes on'>('asked');
  const metrics = useResource(
    (signal) => call('GET /metrics', { query: { from: EVER, limit: 1 }, signal }),
    [],
    { everyMs: is === 'goes on' ? null : AGAIN_MS },
  );
  if (is === 'goes on') return <Overview />;
  return (
    <Loaded
      of={metrics}
      isEmpty={({ items }) => is === 'begins' || items.length === 0}
      empty={<FirstMinutes onArrived={() => setIs('begins')} onDone={() => setIs('goes on')} />}
    >
      {() => <Overview />}
    </Loaded>
  );
}
