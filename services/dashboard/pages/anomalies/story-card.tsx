import { link } from '../../address/address.js';
import { Moment } from '../../parts/moment.js';
import { Labels, Severity, Tag } from '../../parts/tag.js';
import { lengthText } from '../../time/moment.js';
import { now } from '../../time/range.js';
import { Figures } from './figures.js';
import { beyond, isOngoing, movedWith, type Story } from './stories.js';
import { StoryChart } from './story-chart.js';

const RELATED = 3;

/** A story in short: what, how far from what was expected, how long, what moved with it. */
export function StoryCard({ story, all }: { readonly story: Story; readonly all: readonly Story[] }) {
  const { id, metric, tags, worst, start, end, anomalies } = story;
  const related = movedWith(story, all, RELATED);
  return (
    <article class="card story" aria-label={`${metric}: ${beyond(worst)}`}>
      <div class="story-text">
        <div class="bar">
          <Severity of={worst.severity} />
          {isOngoing(story, now.value) && <Tag tone="bad">going on</Tag>}
          {worst.mutedUntil !== null && <Tag>muted</Tag>}
          <span class="row-when">
            <Moment at={start} />, for {lengthText(end - start)}
          </span>
        </div>
        <h2>
          <a href={link(`/anomalies/${id}`)}>{metric}</a> {beyond(worst)}
        </h2>
        <Labels of={tags} />
        <p>{worst.explanation}</p>
        <dl class="facts">
          <Figures of={worst} />
          {anomalies.length > 1 && (
            <>
              <dt>Reported</dt>
              <dd>{anomalies.length} times</dd>
            </>
          )}
          {related.length > 0 && (
            <>
              <dt>Moved with it</dt>
              <dd>
                {related.map((other, i) => (
                  <span key={other.id}>
                    {i > 0 && ', '}
                    <a href={link(`/anomalies/${other.id}`)}>{other.metric}</a>
                  </span>
                ))}
              </dd>
            </>
          )}
        </dl>
      </div>
      <StoryChart story={story} height={160} hasBand={false} />
    </article>
  );
}
