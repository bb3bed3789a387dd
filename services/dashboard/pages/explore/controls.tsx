import { setQuery } from '../../address/address.js';
import { AGGREGATIONS } from '../../api/vocabulary.js';
import { Menu, MenuItem } from '../../parts/menu.js';
import { ALL, type ExploreState } from './state.js';

const TOPS = [5, 10, 20, 50] as const;
const COMPARED: readonly { readonly value: string; readonly text: string }[] = [
  { value: '', text: 'No comparison' },
  { value: 'period', text: 'The period before' },
  { value: '1d', text: 'The day before' },
  { value: '7d', text: 'The week before' },
];

interface ControlsProps {
  readonly state: ExploreState;
  readonly tagNames: readonly string[];
}

/** How the points are put together. */
export function Controls({ state, tagNames }: ControlsProps) {
  const { aggregation, by, top, compare } = state;
  const group = (names: readonly string[] | null) =>
    setQuery({ by: names === null ? null : names.length === 0 ? ALL : names });
  const compared = COMPARED.some(({ value }) => value === (compare ?? ''))
    ? COMPARED
    : [...COMPARED, { value: compare ?? '', text: `${compare} before` }];
  return (
    <>
      <Select
        label="Aggregation"
        value={aggregation}
        options={AGGREGATIONS.map((one) => ({ value: one, text: one }))}
        onChoice={(value) => setQuery({ agg: value === 'avg' ? null : value })}
      />
      <Menu
        role="menu"
        label="Group by tags"
        button={by === null ? 'Each series' : by.length === 0 ? 'All in one' : `By ${by.join(', ')}`}
      >
        {(close) => (
          <>
            <MenuItem
              isChosen={by === null}
              onClick={() => {
                close();
                group(null);
              }}
            >
              Each series
            </MenuItem>
            <MenuItem
              isChosen={by?.length === 0}
              onClick={() => {
                close();
                group([]);
              }}
            >
              All in one
            </MenuItem>
            {tagNames.map((name) => {
              const isChosen = by?.includes(name) ?? false;
              return (
                <MenuItem
                  key={name}
                  isChosen={isChosen}
                  onClick={() => {
                    close();
                    const rest = (by ?? []).filter((one) => one !== name);
                    group(isChosen ? (rest.length === 0 ? null : rest) : [...rest, name]);
                  }}
                >
                  By {name}
                </MenuItem>
              );
            })}
          </>
        )}
      </Menu>
      <Select
        label="How many"
        value={top === null ? '' : String(top)}
        options={[
          { value: '', text: 'All of them' },
          ...TOPS.map((one) => ({ value: String(one), text: `Top ${one}` })),
          ...(top === null || TOPS.some((one) => one === top)
            ? []
            : [{ value: String(top), text: `Top ${top}` }]),
        ]}
        onChoice={(value) => setQuery({ top: value })}
      />
      <Select
        label="Compare with"
        value={compare ?? ''}
        options={compared}
        onChoice={(value) => setQuery({ compare: value })}
      />
    </>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly onChoice: (value: string) => void;
}

/** A choice in a bar, where its name would take too much room. */
function Select({ label, value, options, onChoice }: SelectProps) {
  return (
    <select
      class="input explore-select"
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => onChoice(currentTarget.value)}
    >
      {options.map(({ value: one, text }) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}
