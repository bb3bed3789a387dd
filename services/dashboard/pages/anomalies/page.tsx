import { link, path, rest } from '../../address/address.js';
import { Tabs } from '../../parts/tabs.js';
import './anomalies.css';
import { Mutes } from './mutes.js';
import { StoryList } from './story-list.js';
import { StoryPage } from './story-page.js';

/** What was unusual, as stories; one of them; what is muted. */
export default function Anomalies() {
  const [part] = rest.value;
  if (part !== undefined && part !== 'mutes') return <StoryPage key={part} id={part} />;
  return (
    <div class="stack">
      <Tabs
        name="Anomalies"
        items={[
          { to: link('/anomalies'), text: 'Stories', isCurrent: path.value === '/anomalies' },
          { to: link('/anomalies/mutes'), text: 'Mutes', isCurrent: part === 'mutes' },
        ]}
      />
      {part === 'mutes' ? <Mutes /> : <StoryList />}
    </div>
  );
}
