import { Button } from '../../parts/button.js';
import { count, minuteText, share } from '../../time/format.js';
import { lengthText, type Span } from '../../time/moment.js';
import { zone } from '../../time/zone.js';
import { CAUSE_TEXTS, CAUSES, type WindowQuality } from './causes.js';
import { STEP_TEXTS, type StripStep, stripOf } from './strip.js';

interface DefinitionRowProps {
  readonly of: WindowQuality;
  readonly range: Span;
  readonly stepMs: number;
  readonly isChosen: boolean;
  /** Begin of the step that is chosen. */
  readonly slot: number | null;
  /** @param start of a step; null for the whole range */
  readonly onChoose: (start: number | null) => void;
}

/** One window definition: its figures, and how its windows were over time. */
export function DefinitionRow({ of, range, stepMs, isChosen, slot, onChoose }: DefinitionRowProps) {
  const { window, windows, completeness, accuracy, delayMs, differing, storedPoints } = of;
  const steps = stripOf(of.steps, range, stepMs);
  const current = steps.find(({ start }) => start === slot);
  const causes = CAUSES.filter((cause) => differing[cause] > 0);
  return (
    <section class="quality-row" aria-label={`Windows of ${window}`} data-chosen={isChosen}>
      <header class="bar">
        <Button isSmall aria-pressed={isChosen && slot === null} onClick={() => onChoose(null)}>
          {window}
        </Button>
        <span>
          <strong>{windows === 0 ? '–' : share(accuracy)}</strong> accurate
        </span>
        <span>
          <strong>{storedPoints === 0 ? '–' : share(completeness)}</strong> complete
        </span>
        <span>
          <strong>{delayMs.p99 === null ? '–' : lengthText(delayMs.p99)}</strong> behind the watermark (p99)
        </span>
        <span class="card-note">of {count(windows)} windows</span>
        <span class="grow" />
        <span class="card-note">
          {causes.length === 0
            ? 'none differs'
            : causes.map((cause) => `${count(differing[cause])} ${CAUSE_TEXTS[cause].name}`).join(', ')}
        </span>
      </header>
      <Strip {...{ window, steps, slot, onChoose }} />
      {current !== undefined && <p class="card-note">{saidOf(current)}</p>}
    </section>
  );
}

interface StripProps {
  readonly window: string;
  readonly steps: readonly StripStep[];
  readonly slot: number | null;
  readonly onChoose: (start: number | null) => void;
}

/** Steps of time, of which one is chosen by a press or by arrows; Escape chooses the whole range again. */
function Strip({ window, steps, slot, onChoose }: StripProps) {
  const chosen = steps.findIndex(({ start }) => start === slot);
  const current = steps[chosen];
  const at = (place: number) => steps[Math.min(steps.length - 1, Math.max(0, place))]?.start ?? null;
  const press = (event: MouseEvent & { readonly currentTarget: HTMLElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const start = at(Math.floor(((event.clientX - left) / width) * steps.length));
    onChoose(start === slot ? null : start);
  };
  const move = (event: KeyboardEvent) => {
    const from = chosen < 0 ? steps.length : chosen;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: steps.length - 1 }[event.key];
    if (to === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(to === undefined ? null : at(to));
  };
  return (
    <div
      class="quality-strip"
      role="slider"
      tabIndex={0}
      aria-label={`Time of the windows of ${window}`}
      aria-valuemin={0}
      aria-valuemax={steps.length}
      aria-valuenow={chosen < 0 ? steps.length : chosen}
      aria-valuetext={current === undefined ? 'the whole range' : saidOf(current)}
      onClick={press}
      onKeyDown={move}
    >
      {steps.map((one) => (
        <span
          key={one.start}
          class="quality-step"
          data-is={one.is}
          data-start={one.start}
          data-chosen={one.start === slot}
          title={saidOf(one)}
        />
      ))}
    </div>
  );
}

function saidOf({ start, is, step }: StripStep): string {
  const when = `${minuteText(start, zone.value)}: ${STEP_TEXTS[is]}`;
  if (step === null) return when;
  const { windows, equal, storedPoints, countedPoints, latePoints } = step;
  return [
    when,
    `${count(equal)} of ${count(windows)} windows equal`,
    `${count(countedPoints)} of ${count(storedPoints)} points counted`,
    ...(latePoints > 0 ? [`${count(latePoints)} late`] : []),
  ].join(', ');
}
