import type { ComponentChildren } from 'preact';
import { link } from '../../address/address.js';
import type { Resource } from '../../api/resource.js';
import type { ChartPoint } from '../../charts/series.js';
import { Sparkline } from '../../charts/sparkline.js';
import { Card } from '../../parts/card.js';
import { Empty, Loaded } from '../../parts/states.js';
import { count, share } from '../../time/format.js';
import { secondsText } from './flow.js';
import { type Proof, proofOf, type Quality, TARGETS } from './proof.js';

/** That the figures are right, by comparison of each window with its stored points. */
export function ProofCard({ of }: { readonly of: Resource<Quality> }) {
  return (
    <Card title="Proof" actions={<a href={link('/quality')}>Quality</a>}>
      <Loaded
        of={of}
        isEmpty={({ windows }) => windows.length === 0}
        empty={
          <Empty title="Nothing was compared in this range yet">
            <p>Each window is compared with its stored points some minutes after it ends.</p>
          </Empty>
        }
      >
        {(quality) => <Figures proof={proofOf(quality)} />}
      </Loaded>
    </Card>
  );
}

function Figures({ proof }: { readonly proof: Proof }) {
  const { completeness, accuracy, timelinessMs, courses, windows, differing } = proof;
  return (
    <div class="proof">
      <Figure
        name="Complete"
        about="points that are in their window, or reported as late"
        isGood={completeness === null || completeness >= TARGETS.completeness}
        points={courses.completeness}
      >
        {share(completeness)}
      </Figure>
      <Figure
        name="Accurate"
        about="windows whose figures equal those of their points"
        isGood={accuracy === null || accuracy >= TARGETS.accuracy}
        points={courses.accuracy}
      >
        {share(accuracy)}
      </Figure>
      <Figure
        name="Timely"
        about={`p99 from the watermark to the window; the target is ${TARGETS.timelinessMs} ms`}
        isGood={timelinessMs === null || timelinessMs <= TARGETS.timelinessMs}
        points={courses.timeliness}
      >
        {timelinessMs === null
          ? '–'
          : timelinessMs < 1_000
            ? `${Math.ceil(timelinessMs)} ms`
            : secondsText(timelinessMs / 1_000)}
      </Figure>
      <p class="proof-of">
        Of <strong>{count(windows)}</strong> windows compared,{' '}
        {differing === 0 ? (
          'none differs.'
        ) : (
          <a href={link('/quality')}>
            {count(differing)} {differing === 1 ? 'differs' : 'differ'}
          </a>
        )}
      </p>
    </div>
  );
}

interface FigureProps {
  readonly name: string;
  readonly about: string;
  readonly isGood: boolean;
  readonly points: readonly ChartPoint[];
  readonly children: ComponentChildren;
}

function Figure({ name, about, isGood, points, children }: FigureProps) {
  return (
    <div class="proof-figure" data-good={isGood}>
      <span class="proof-name">{name}</span>
      <strong class="proof-value">{children}</strong>
      {points.length > 1 && <Sparkline name={`${name} over the range`} points={points} />}
      <small>
        {!isGood && <b>Misses the target: </b>}
        {about}
      </small>
    </div>
  );
}
