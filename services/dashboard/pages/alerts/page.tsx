import { link, path, query, rest } from '../../address/address.js';
import { Tabs } from '../../parts/tabs.js';
import './alerts.css';
import { AlertPage } from './alert-page.js';
import { Inbox } from './inbox-view.js';
import { Silences } from './silences.js';

/** Alerts: the inbox, one of them, silences. */
export default function Alerts() {
  const [part] = rest.value;
  if (part !== undefined && part !== 'silences') return <AlertPage key={part} fingerprint={part} />;
  return (
    <div class="stack">
      <Tabs
        name="Alerts"
        items={[
          { to: link('/alerts'), text: 'Inbox', isCurrent: path.value === '/alerts' },
          { to: link('/alerts/silences'), text: 'Silences', isCurrent: part === 'silences' },
        ]}
      />
      {part === 'silences' ? <Silences opens={query.value.get('silence') === 'new'} /> : <Inbox />}
    </div>
  );
}
