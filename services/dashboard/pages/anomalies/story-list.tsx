import { query } from '../../address/address.js';
import { tagTexts } from '../../api/tags.js';
import { isSeverity } from '../../api/vocabulary.js';
import { Button } from '../../parts/button.js';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.js';
import { Empty, Loaded, Partial } from '../../parts/states.js';
import { count } from '../../time/format.js';
import type { Story } from './stories.js';
import { StoryCard } from './story-card.js';
import { MOST, type StoryFilter, useHeldStories } from './use-stories.js';

const SHOWN = 50;

/** Stories, the newest first. What comes meanwhile waits for a press, so that nothing moves that somebody reads. */
export function StoryList() {
  const text = query.value.get('text') ?? '';
  const severity = query.value.get('severity') ?? '';
  const muted = query.value.get('muted') ?? '';
  const metric = query.value.get('metric') ?? '';
  const filter: StoryFilter = {
    ...(metric !== '' && { metric }),
    ...(isSeverity(severity) && { severity }),
    ...(muted !== 'all' && { muted: muted === 'only' }),
  };
  const { found, held, showAll } = useHeldStories(filter);
  const waiting = held.waiting.filter((story) => hasText(story, text));
  return (
    <>
      <Filters>
        <TextFilter name="text" label="Text" placeholder="tag, metric, explanation" />
        <TextFilter name="metric" label="Metric" placeholder="system.cpu.usage_percent" />
        <ChoiceFilter
          name="severity"
          label="Severity"
          options={{ '': 'All', critical: 'critical', warning: 'warning', info: 'info' }}
        />
        <ChoiceFilter
          name="muted"
          label="Muted"
          options={{ '': 'Left out', only: 'Only those', all: 'Too' }}
        />
      </Filters>
      <div class="arrivals" role="status">
        {waiting.length > 0 && (
          <Button kind="primary" onClick={showAll}>
            {count(waiting.length)} new
          </Button>
        )}
      </div>
      <Loaded
        of={found}
        isEmpty={() => held.shown.length === 0 && held.waiting.length === 0}
        empty={
          <Empty title="Nothing unusual in this range">
            <p>A series is learnt for 20 windows first. Choose a longer range, or clear a filter.</p>
          </Empty>
        }
      >
        {({ stories, isPartial }) => {
          const fitting = held.shown.filter((story) => hasText(story, text));
          return (
            <>
              {isPartial && (
                <Partial>The newest {count(MOST)} anomalies are shown: choose a shorter range.</Partial>
              )}
              {fitting.length > SHOWN && (
                <Partial>
                  The newest {SHOWN} of {count(fitting.length)} stories are shown: filter them.
                </Partial>
              )}
              <div class="stories">
                {fitting.slice(0, SHOWN).map((story) => (
                  <StoryCard key={story.id} story={story} all={stories} />
                ))}
              </div>
              {fitting.length === 0 && waiting.length === 0 && <Empty title="No story matches" />}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function hasText({ metric, tags, anomalies }: Story, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const all = [metric, ...tagTexts(tags), ...anomalies.map(({ explanation }) => explanation)];
  return wanted === '' || all.some((one) => one.toLowerCase().includes(wanted));
}
