/* Drawn for this dashboard on a grid of 24, with round lines of one width. */
const PATHS = {
  overview: 'M3 12h4l2.5-7 4 14 3-9 1.5 2H21',
  explore: 'M4 19V5M4 19h16M8 15l3.5-4 3 2.5L19 8',
  anomalies: 'M3 16h4l2-2 3-9 3 9 2 2h4M12 20v.01',
  alerts: 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4',
  rules: 'M5 6h14M5 12h9M5 18h6M17 15l2 2 3-4',
  dashboards: 'M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z',
  quality: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4',
  letters: 'M4 6h16v12H4zM4 7l8 6 8-6',
  events: 'M5 5v14M5 7h9M5 12h13M5 17h7',
  access: 'M8 11.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M11.2 12.8L20 4M16 8l3 3M13.5 10.5l2 2',
  settings: 'M5 8h8M17 8h2M5 16h2M11 16h8M15 6v4M9 14v4',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4 4',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  menu: 'M4 7h16M4 12h16M4 17h16',
  plus: 'M12 5v14M5 12h14',
  check: 'M5 12l5 5 9-10',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  play: 'M8 5l11 7-11 7z',
  pause: 'M8 5v14M16 5v14',
  reload: 'M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5 20a7 7 0 0 1 14 0',
  down: 'M6 9l6 6 6-6',
  right: 'M9 6l6 6-6 6',
  left: 'M15 6l-6 6 6 6',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.01',
  blocked: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M6.5 6.5l11 11',
  offline: 'M4 4l16 16M5 12a10 10 0 0 1 4-2.5M15 9.5a10 10 0 0 1 4 2.5M9 15.5a5 5 0 0 1 6 0M12 19v.01',
  empty: 'M4 14l3-8h10l3 8v5H4zM4 14h5l1 2h4l1-2h5',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4',
  mute: 'M4 4l16 16M6 16v-5a6 6 0 0 1 1-3.3M10 5.4A6 6 0 0 1 18 11v3M4.5 18h13M10 21h4',
  share: 'M8 12l8-4.5M8 12l8 4.5M6 12a2 2 0 1 0 0-.01M18 7a2 2 0 1 0 0-.01M18 17a2 2 0 1 0 0-.01',
  edit: 'M5 19l1-4L16 5l3 3L9 18z',
  trash: 'M5 7h14M9 7V5h6v2M7 7l1 13h8l1-13',
  table: 'M4 5h16v14H4zM4 10h16M4 15h16M10 5v14',
  filter: 'M4 6h16l-6 7v6l-4-2v-4z',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  upload: 'M12 16V5M7 9l5-5 5 5M5 20h14',
  undo: 'M8 8H15a5 5 0 0 1 0 10h-4M8 4L4 8l4 4',
  redo: 'M16 8H9a5 5 0 0 0 0 10h4M16 4l4 4-4 4',
  pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  moon: 'M19 14A8 8 0 0 1 10 5a7.5 7.5 0 1 0 9 9',
  move: 'M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3',
  screen: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  more: 'M6 12v.01M12 12v.01M18 12v.01',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside a text, or in a button that has a name; nothing reads it out. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of Tactus: a pulse. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0f6e66" />
      <path
        d="M5 18h5l3-9 5 15 3.5-10 1.5 4H27"
        fill="none"
        stroke="#fff"
        stroke-width="2.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
