import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { classes } from './class-names.js';

interface MenuProps {
  /** What the button shows. */
  readonly button: ComponentChildren;
  readonly label: string;
  /** Of the button. */
  readonly kind?: 'quiet';
  readonly isIcon?: boolean;
  /** `menu` where all in it are menu items, which arrows move between. */
  readonly role?: 'menu' | 'dialog';
  readonly children: (close: () => void) => ComponentChildren;
}

const GAP = 4;

/** A button that opens something below it: Escape and a click elsewhere close it. */
export function Menu({ button, label, kind, isIcon = false, role = 'menu', children }: MenuProps) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const close = () => menu.current?.hidePopover();

  useEffect(() => {
    if (!isOpen || !menu.current || !opener.current) return;
    const place = opener.current.getBoundingClientRect();
    const { offsetWidth, offsetHeight, style } = menu.current;
    const below = place.bottom + GAP;
    style.left = `${Math.max(GAP, Math.min(place.left, window.innerWidth - offsetWidth - GAP))}px`;
    style.top = `${below + offsetHeight > window.innerHeight ? Math.max(GAP, place.top - offsetHeight - GAP) : below}px`;
    menu.current.querySelector<HTMLElement>('button, a, input, select')?.focus();
  }, [isOpen]);

  const move = (event: KeyboardEvent) => {
    if (role !== 'menu' || !/^(Arrow(Up|Down)|Home|End)$/.test(event.key)) return;
    event.preventDefault();
    const items = [...(menu.current?.querySelectorAll<HTMLElement>('.menu-item') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const last = items.length - 1;
    const to = { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, Home: 0, End: last };
    items[to[event.key as keyof typeof to]]?.focus();
  };

  return (
    <>
      <button
        ref={opener}
        type="button"
        class={classes('button', kind !== undefined && `is-${kind}`, isIcon && 'is-icon')}
        title={label}
        aria-haspopup={role}
        aria-expanded={isOpen}
        popoverTarget={id}
      >
        <span class="visually-hidden">{label}</span>
        {button}
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its role is a parameter */}
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role is a parameter */}
      <div
        ref={menu}
        id={id}
        popover="auto"
        class="menu"
        role={role}
        aria-label={label}
        onKeyDown={move}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {isOpen && children(close)}
      </div>
    </>
  );
}

interface MenuItemProps {
  readonly onClick: () => void;
  /** Of one that is chosen among others. */
  readonly isChosen?: boolean;
  readonly children: ComponentChildren;
}

export function MenuItem({ onClick, isChosen, children }: MenuItemProps) {
  return (
    <button
      type="button"
      class="menu-item"
      onClick={onClick}
      {...(isChosen === undefined
        ? { role: 'menuitem' }
        : { role: 'menuitemradio', 'aria-checked': isChosen })}
    >
      {children}
    </button>
  );
}
