import { useState } from 'preact/hooks';
import { Button } from '../parts/button.js';
import { Choice, Field } from '../parts/field.js';
import { Icon } from '../parts/icon.js';
import { Menu, MenuItem } from '../parts/menu.js';
import { minuteText } from '../time/format.js';
import { momentOf } from '../time/moment.js';
import { now, PRESETS, rangeText, showRange, span } from '../time/range.js';
import { LOCAL_ZONE, setZone, UTC, zone } from '../time/zone.js';
import { pastedRange } from './pasted-range.js';

/** Chooses the range of time: a usual one, or any, also by pasting one. */
export function RangePicker() {
  const { from, to } = rangeText.value;
  const preset = PRESETS.find((one) => one.from === from && to === 'now');
  const { start, end } = span.value;
  const text = preset?.name ?? `${minuteText(start, zone.value)} – ${minuteText(end, zone.value)}`;
  return (
    <Menu
      label="Range of time"
      role="dialog"
      button={
        <>
          <Icon name="clock" />
          <span class="not-phone">{text}</span>
        </>
      }
    >
      {(close) => (
        <div class="picker">
          <div>
            {PRESETS.map((one) => (
              <MenuItem
                key={one.from}
                onClick={() => {
                  close();
                  showRange(one.from, 'now');
                }}
              >
                {one.name}
              </MenuItem>
            ))}
          </div>
          <AnyRange onDone={close} />
        </div>
      )}
    </Menu>
  );
}

function AnyRange({ onDone }: { readonly onDone: () => void }) {
  const [text, setText] = useState(rangeText.value);
  const [error, setError] = useState<string | null>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const [start, end] = [momentOf(text.from, now.value), momentOf(text.to, now.value)];
    if (start === null || end === null)
      setError('Give now, now-6h, a date with time (2026-11-27T14:00), or ms since the epoch.');
    else if (end <= start) setError('The end has to be after the begin.');
    else {
      onDone();
      showRange(text.from.trim(), text.to.trim());
    }
  };
  const take = (event: ClipboardEvent) => {
    const range = pastedRange(event.clipboardData?.getData('text') ?? '');
    if (range === null) return;
    event.preventDefault();
    setText(range);
  };
  return (
    <form class="picker-form" onSubmit={submit} onPaste={take}>
      <Field
        label="From"
        isCode
        value={text.from}
        onInput={({ currentTarget }) => setText({ ...text, from: currentTarget.value })}
      />
      <Field
        label="To"
        isCode
        value={text.to}
        hint="A range can be pasted: two moments, or an address with from and to."
        error={error}
        onInput={({ currentTarget }) => setText({ ...text, to: currentTarget.value })}
      />
      <Choice
        label="Times in"
        value={zone.value}
        options={[...new Set([LOCAL_ZONE, UTC, zone.value])]}
        onChoice={setZone}
      />
      <Button kind="primary" type="submit">
        Show
      </Button>
    </form>
  );
}
