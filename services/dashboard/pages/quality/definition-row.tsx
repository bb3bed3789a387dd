import { useRef } from 'preact/hooks';
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
      <Strip steps={stripOf(of.steps, range, stepMs)} {...{ window, slot, onChoose }} />
    </section>
  );
}

interface StripProps {
  readonly window: string;
  readonly steps: readonly StripStep[];
  readonly slot: number | null;
  readonly onChoose: (start: number | null) => void;
}

/** Steps of time; one of them is reached by Tab, the others by arrows. */
function Strip({ window, steps, slot, onChoose }: StripProps) {
  const strip = useRef<HTMLDivElement>(null);
  const current = Math.max(
    0,
    steps.findIndex(({ start }) => start === slot),
  );
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -steps.length, End: steps.length }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const all = [...(strip.current?.querySelectorAll('button') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
    <div
      ref={strip}
      class="quality-strip"
      role="group"
      aria-label={`${window} over time; arrows move`}
      onKeyDown={move}
    >
      {steps.map((one, i) => {
        const text = `${minuteText(one.start, zone.value)}: ${textOf(one)}`;
        return (
          <button
            key={one.start}
            type="button"
            class="quality-step"
            data-is={one.is}
            data-start={one.start}
            title={text}
            aria-label={text}
            aria-pressed={one.start === slot}
            tabIndex={i === current ? 0 : -1}
            onClick={() => onChoose(one.start === slot ? null : one.start)}
          />
        );
      })}
    </div>
  );
}

function textOf({ is, step }: StripStep): string {
  if (step === null) return STEP_TEXTS[is];
  const { windows, equal, storedPoints, countedPoints, latePoints } = step;
  return [
    STEP_TEXTS[is],
    `${count(equal)} of ${count(windows)} windows equal`,
    `${count(countedPoints)} of ${count(storedPoints)} points counted`,
    ...(latePoints > 0 ? [`${count(latePoints)} late`] : []),
  ].join(', ');
}
