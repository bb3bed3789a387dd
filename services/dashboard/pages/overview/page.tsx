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

export default function Page() {
  const [begun, setBegun] = useState<string | null>(null);
  const metrics = useResource(
    (signal) => call('GET /metrics', { query: { from: EVER, limit: 1 }, signal }),
    [tenant.value],
  );
  return (
    <Loaded
      of={metrics}
      isEmpty={({ items }) => items.length === 0 && begun !== tenant.value}
      empty={<FirstMinutes key={tenant.value ?? ''} onDone={() => setBegun(tenant.value)} />}
    >
      {() => <Overview key={tenant.value ?? ''} />}
    </Loaded>
  );
}
