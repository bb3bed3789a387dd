import { useState } from 'preact/hooks';
import { setQuery } from '../../address/address.js';
import { Icon } from '../../parts/icon.js';
import { Menu } from '../../parts/menu.js';
import { type Pair, withoutTag, withTag } from './state.js';
import { offeredValues, type TagValue } from './tag-values.js';

const MOST = 100;

interface FiltersProps {
  readonly tags: readonly Pair[];
  readonly values: readonly TagValue[];
}

/** Tags that the series have to have. */
export function Filters({ tags, values }: FiltersProps) {
  return (
    <>
      {tags.map(([name, value]) => (
        <button
          key={name}
          type="button"
          class="chip"
          title={`Remove ${name}=${value}`}
          aria-label={`Remove the filter ${name}=${value}`}
          onClick={() => setQuery(withoutTag(tags, name))}
        >
          <span>
            {name}={value}
          </span>
          <Icon name="close" />
        </button>
      ))}
      {values.length > 0 && (
        <Menu
          role="dialog"
          label="Filter by a tag"
          button={
            <>
              <Icon name="filter" />
              Filter
            </>
          }
        >
          {(close) => (
            <Values
              {...{ tags, values }}
              onChoice={(pair) => {
                close();
                setQuery(withTag(tags, pair));
              }}
            />
          )}
        </Menu>
      )}
    </>
  );
}

function Values({ tags, values, onChoice }: FiltersProps & { readonly onChoice: (pair: Pair) => void }) {
  const [text, setText] = useState('');
  const offered = offeredValues(values, tags, text);
  return (
    <div class="explore-menu">
      <input
        class="input"
        type="search"
        aria-label="Find a tag"
        placeholder="tag or value"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <ul>
        {offered.slice(0, MOST).map(({ name, value, series }) => (
          <li key={`${name}=${value}`}>
            <button type="button" class="menu-item" onClick={() => onChoice([name, value])}>
              <span class="explore-value">
                {name}={value}
              </span>
              <small>{series} series</small>
            </button>
          </li>
        ))}
      </ul>
      {offered.length === 0 && <p class="card-note">No tag like this.</p>}
      {offered.length > MOST && <p class="card-note">and {offered.length - MOST} more: type more of it.</p>}
    </div>
  );
}
