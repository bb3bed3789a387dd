import { useState } from 'preact/hooks';
import { link } from '../../address/address.js';
import { hasFigures } from '../../api/anomaly-figures.js';
import { ApiProblem } from '../../api/problem.js';
import { may } from '../../api/session.js';
import { tagTexts } from '../../api/tags.js';
import { Button } from '../../parts/button.js';
import { Card } from '../../parts/card.js';
import { Ago, Moment } from '../../parts/moment.js';
import { Empty, Loaded } from '../../parts/states.js';
import { Table } from '../../parts/table.js';
import { Labels, Severity, Tag } from '../../parts/tag.js';
import { figure } from '../../time/format.js';
import { lengthText } from '../../time/moment.js';
import { now } from '../../time/range.js';
import { SensitivityControl } from '../explore/sensitivity-control.js';
import { Figures } from './figures.js';
import { MuteDialog } from './mute-dialog.js';
import { OtherSeries } from './other-series.js';
import { beyond, isOngoing, movedWith, ruleAbout, type Story } from './stories.js';
import { StoryChart } from './story-chart.js';
import { useStoryOf } from './use-stories.js';

const RELATED = 20;

/** One story: its series with what was expected, what was reported when, and what moved with it. */
export function StoryPage({ id }: { readonly id: string }) {
  const found = useStoryOf(id);
  const isGone = found.error instanceof ApiProblem && found.error.isNotFound;
  return (
    <div class="stack">
      <a href={link('/anomalies')}>All anomalies</a>
      {isGone ? (
        <Empty title="There is no such anomaly">
          <p>Of this tenant, there is none of that name any more.</p>
        </Empty>
      ) : (
        <Loaded of={found}>
          {({ story, all }) => <Shown {...{ story, all }} onChanged={found.reload} />}
        </Loaded>
      )}
    </div>
  );
}

interface ShownProps {
  readonly story: Story;
  readonly all: readonly Story[];
  readonly onChanged: () => void;
}

function Shown({ story, all, onChanged }: ShownProps) {
  const [isMuting, setMuting] = useState(false);
  const { metric, tags, worst, start, end, anomalies } = story;
  const related = movedWith(story, all, RELATED);
  const tag = tagTexts(tags);
  return (
    <>
      <Card
        title={`${metric}: ${beyond(worst)}`}
        note={<Severity of={worst.severity} />}
        actions={
          <>
            <a class="button" href={link('/explore', { metric, tag, band: 'true' })}>
              Explore
            </a>
            {may('operate') && (
              <>
                <a class="button" href={link('/rules/new', ruleAbout(worst))}>
                  Make a rule
                </a>
                <Button icon="mute" onClick={() => setMuting(true)}>
                  Mute
                </Button>
              </>
            )}
          </>
        }
      >
        <div class="stack">
          <div class="bar">
            {isOngoing(story, now.value) ? <Tag tone="bad">going on</Tag> : <Tag tone="ok">over</Tag>}
            {worst.mutedUntil !== null && (
              <Tag>
                muted, ends <Ago at={worst.mutedUntil} />
              </Tag>
            )}
            <Labels of={tags} />
          </div>
          <p>{worst.explanation}</p>
          <StoryChart
            {...{ story, height: 280, hasBand: true }}
            below={(band, reload) => <SensitivityControl {...{ metric, band, onKept: reload }} />}
          />
          <dl class="facts">
            <dt>From</dt>
            <dd>
              <Moment at={start} />
            </dd>
            <dt>For</dt>
            <dd>{lengthText(end - start)}</dd>
            <Figures of={worst} />
            <dt>Score</dt>
            <dd>{figure(worst.score)} (from 0.5 it is an anomaly)</dd>
          </dl>
        </div>
      </Card>
      <Card title="What was reported">
        <Table
          name="What was reported"
          rows={anomalies}
          keyOf={({ id }) => id}
          columns={[
            { name: 'Window', cell: (one) => <Moment at={one.start} />, by: (one) => one.start },
            {
              name: 'Value',
              cell: (one) => hasFigures(one) && figure(one.value),
              by: (one) => one.value,
              isNumber: true,
            },
            { name: 'Expected', cell: (one) => hasFigures(one) && figure(one.expected), isNumber: true },
            { name: 'Score', cell: (one) => figure(one.score), by: (one) => one.score, isNumber: true },
            { name: 'By', cell: (one) => one.detector },
            { name: 'Severity', cell: (one) => <Severity of={one.severity} /> },
          ]}
        />
      </Card>
      <Card title="What moved with it">
        {related.length === 0 ? (
          <p class="card-note">No other series was unusual at that time.</p>
        ) : (
          <Table
            name="What moved with it"
            rows={related}
            keyOf={({ id }) => id}
            columns={[
              { name: 'Metric', cell: (one) => <a href={link(`/anomalies/${one.id}`)}>{one.metric}</a> },
              { name: 'Tags', cell: (one) => <Labels of={one.tags} /> },
              { name: 'How', cell: (one) => beyond(one.worst) },
              {
                name: 'Began',
                cell: (one) =>
                  one.start === story.start
                    ? 'at the same time'
                    : `${lengthText(one.start - story.start)} ${one.start < story.start ? 'before' : 'after'}`,
                by: (one) => one.start,
              },
            ]}
          />
        )}
      </Card>
      <OtherSeries story={story} />
      {isMuting && (
        <MuteDialog metric={metric} tags={tags} onClose={() => setMuting(false)} onDone={onChanged} />
      )}
    </>
  );
}
