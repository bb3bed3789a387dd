import { link, path, rest } from '../../address/address.js';
import { Tabs } from '../../parts/tabs.js';
import './anomalies.css';
import { Mutes } from './mutes.js';
import { Sensitivities } from './sensitivities.js';
import { StoryList } from './story-list.js';
import { StoryPage } from './story-page.js';

const LISTS = ['mutes', 'sensitivities'];

/** What was unusual, as stories; one of them; what is muted, and how readily it is reported. */
export default function Anomalies() {
  const [part] = rest.value;
  if (part !== undefined && !LISTS.includes(part)) return <StoryPage key={part} id={part} />;
  return (
    <div class="stack">
      <Tabs
        name="Anomalies"
        items={[
          { to: link('/anomalies'), text: 'Stories', isCurrent: path.value === '/anomalies' },
          { to: link('/anomalies/mutes'), text: 'Mutes', isCurrent: part === 'mutes' },
          {
            ...{ to: link('/anomalies/sensitivities'), text: 'Sensitivities' },
            isCurrent: part === 'sensitivities',
          },
        ]}
      />
      {part === 'mutes' ? <Mutes /> : part === 'sensitivities' ? <Sensitivities /> : <StoryList />}
    </div>
  );
}
