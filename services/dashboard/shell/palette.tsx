import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { classes } from '../parts/class-names.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { type Command, commands, foundElsewhere } from './commands.js';
import { isHelpOpen, isPaletteOpen, KEYS } from './keys.js';
import { matching } from './matching.js';

const MOST = 50;

/** Finds anything by a few letters: pages, metrics, dashboards, ranges, what can be switched. */
export function Palette() {
  return isPaletteOpen.value ? <OpenPalette /> : null;
}

function OpenPalette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [more, setMore] = useState<readonly Command[]>([]);
  useEffect(() => {
    dialog.current?.showModal();
    const gone = new AbortController();
    // Without them there are the others.
    foundElsewhere(gone.signal).then(setMore, () => {});
    return () => gone.abort();
  }, []);
  const found = matching(text, [...commands(), ...more], ({ name }) => name).slice(0, MOST);
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    dialog.current?.close();
    command.run();
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      const next = (chosen + by + found.length) % Math.max(1, found.length);
      setChosen(next);
      document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') run(found[chosen]);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the dialog's own
    <dialog
      ref={dialog}
      class="dialog palette"
      aria-label="Find"
      onClose={() => {
        isPaletteOpen.value = false;
      }}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      <input
        class="palette-input"
        type="text"
        role="combobox"
        aria-label="Find a page, a metric, a dashboard or an action"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length > 0 ? `${list}-${chosen}` : undefined}
        placeholder="Find a page, a metric, a dashboard, an action"
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={move}
      />
      <div class="palette-list" role="listbox" id={list} aria-label="Found">
        {found.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the input's
          <div
            key={command.name}
            id={`${list}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            class={classes('menu-item')}
            onClick={() => run(command)}
          >
            <Icon name={command.icon} />
            {command.name}
          </div>
        ))}
        {found.length === 0 && <p class="state">Nothing of that name.</p>}
      </div>
    </dialog>
  );
}

/** What each key does. */
export function KeysHelp() {
  if (!isHelpOpen.value) return null;
  return (
    <Dialog
      title="Keys"
      onClose={() => {
        isHelpOpen.value = false;
      }}
    >
      <dl class="keys">
        {KEYS.map(({ keys, does }) => (
          <>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </>
        ))}
      </dl>
    </Dialog>
  );
}
