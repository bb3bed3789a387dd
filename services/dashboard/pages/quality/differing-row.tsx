import { setQuery } from '../../address/address.js';
import { Moment } from '../../parts/moment.js';
import { Labels, Tag } from '../../parts/tag.js';
import { count } from '../../time/format.js';
import { CAUSE_TEXTS, type Differing } from './causes.js';
import { chosenQuery } from './state.js';

/** A window that differs, in a line; its points are opened by a press. */
export function DifferingRow({ of, isChosen }: { readonly of: Differing; readonly isChosen: boolean }) {
  const { start, metric, tags, cause, detail, storedPoints, countedPoints, latePoints, lateCauses } = of;
  const { name, tone } = CAUSE_TEXTS[cause];
  return (
    <li class="row-item">
      <button
        type="button"
        class="quality-differing"
        aria-pressed={isChosen}
        onClick={() => setQuery(chosenQuery(isChosen ? null : { start, metric, tags }))}
      >
        <span class="row-when">
          <Moment at={start} />
        </span>
        <Tag tone={tone}>{name}</Tag>
        <strong class="quality-metric">{metric}</strong>
        <Labels of={tags} />
        <span class="row-text">{detail}</span>
        <span class="card-note">
          {count(countedPoints)} of {count(storedPoints)} points
          {latePoints > 0 && `, ${count(latePoints)} late`}
          {lateCauses.hold > 0 &&
            ` (${count(lateCauses.hold)} because the watermark was not held for longer)`}
        </span>
      </button>
    </li>
  );
}
