import { useState } from 'preact/hooks';
import { classes } from '../parts/class-names.js';
import { groupsOf, isolated, type Shown, tagNamesOf, toggled } from './legend-names.js';
import { withUnit } from './overlay.js';
import type { ChartSeries } from './series.js';

interface LegendProps {
  readonly series: readonly ChartSeries[];
  readonly shown: Shown;
  readonly onShown: (shown: Shown) => void;
  readonly unit: string | undefined;
}

const SEARCHED = 8;
const MOST = 60;
const COLOURS = 8;

/** The names of the series: a press shows one alone, with a modifier it takes it away or brings it back. */
export function Legend({ series, shown, onShown, unit }: LegendProps) {
  const [text, setText] = useState('');
  const [tag, setTag] = useState<string | null>(null);
  const names = series.map(({ name }) => name);
  const tags = series.length > SEARCHED ? tagNamesOf(series) : [];
  const groups = groupsOf(series, tags.includes(tag ?? '') ? tag : null, text);
  const found = groups.reduce((sum, { members }) => sum + members.length, 0);
  let room = MOST;
  return (
    <div class="chart-legend">
      {(series.length > SEARCHED || shown !== null) && (
        <div class="bar">
          {series.length > SEARCHED && (
            <input
              class="input chart-legend-search"
              type="search"
              aria-label="Search series"
              placeholder={`Search ${series.length} series`}
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          )}
          {tags.length > 0 && (
            <select
              class="input chart-legend-group"
              aria-label="Group the legend by a tag"
              value={tag ?? ''}
              onChange={({ currentTarget }) => setTag(currentTarget.value || null)}
            >
              <option value="">Not grouped</option>
              {tags.map((one) => (
                <option key={one} value={one}>
                  By {one}
                </option>
              ))}
            </select>
          )}
          {shown !== null && (
            <button type="button" class="button is-small is-quiet" onClick={() => onShown(null)}>
              Show all {series.length}
            </button>
          )}
        </div>
      )}
      {groups.map(({ value, members }) => {
        const listed = members.slice(0, room);
        room -= listed.length;
        if (listed.length === 0) return null;
        const own = members.map((i) => names[i] as string);
        return (
          <div key={value ?? ''} class="chart-legend-names">
            {value !== null && (
              <button type="button" class="chart-legend-tag" onClick={() => onShown(isolated(shown, own))}>
                {tag}={value === '' ? '–' : value}
              </button>
            )}
            {listed.map((i) => {
              const { name, points } = series[i] as ChartSeries;
              const isShown = shown === null || shown.includes(name);
              const last = points.findLast(([, one]) => one !== null)?.[1];
              return (
                <button
                  key={name}
                  type="button"
                  class={classes('chart-legend-name', !isShown && 'is-hidden')}
                  aria-pressed={isShown}
                  title={`${name}: a press shows it alone, with Ctrl or Shift it is hidden or shown`}
                  onClick={(event) => {
                    const isToggle = event.ctrlKey || event.metaKey || event.shiftKey;
                    onShown(isToggle ? toggled(shown, name, names) : isolated(shown, [name]));
                  }}
                >
                  <i class={classes(`swatch is-${i % COLOURS}`, i >= COLOURS && 'is-again')} />
                  <span>{name}</span>
                  {last != null && <b>{withUnit(last, unit)}</b>}
                </button>
              );
            })}
          </div>
        );
      })}
      {found > MOST && <p class="card-note">and {found - MOST} more: search for them.</p>}
    </div>
  );
}
