import { link, setQuery } from '../address/address.js';
import { logOut, tenant, tenants, user } from '../api/session.js';
import { IconButton } from '../parts/button.js';
import { Icon } from '../parts/icon.js';
import { Menu, MenuItem } from '../parts/menu.js';
import { THEMES, theme } from '../parts/theme.js';
import { Freshness } from './freshness.js';
import { isPaletteOpen } from './keys.js';
import { PauseButton } from './pause-button.js';
import { RangePicker } from './range-picker.js';

/** Above each page: what time it is about, whether that moves on, and who looks. */
export function TopBar({ title, onNav }: { readonly title: string; readonly onNav: () => void }) {
  return (
    <header class="top">
      <span class="only-phone">
        <IconButton icon="menu" label="Pages" onClick={onNav} />
      </span>
      <h1>{title}</h1>
      <Freshness />
      <PauseButton />
      <RangePicker />
      <span class="not-phone">
        <IconButton
          icon="search"
          label="Find (Ctrl K)"
          onClick={() => {
            isPaletteOpen.value = true;
          }}
        />
      </span>
      <TenantMenu />
      <UserMenu />
    </header>
  );
}

/** Of those who have several tenants. */
function TenantMenu() {
  const chosen = tenant.value ?? '';
  const all = tenants.value;
  if (all !== null && all.length < 2) return null;
  if (all === null) return <AnyTenant chosen={chosen} />;
  return (
    <Menu
      label="Tenant"
      button={
        <>
          {chosen} <Icon name="down" />
        </>
      }
    >
      {(close) =>
        all.map((one) => (
          <MenuItem
            key={one}
            isChosen={one === chosen}
            onClick={() => {
              close();
              setQuery({ tenant: one });
            }}
          >
            {one}
          </MenuItem>
        ))
      }
    </Menu>
  );
}

/** Who may see all tenants writes which. */
function AnyTenant({ chosen }: { readonly chosen: string }) {
  return (
    <Menu
      label="Tenant"
      role="dialog"
      button={
        <>
          {chosen} <Icon name="down" />
        </>
      }
    >
      {(close) => (
        <form
          class="picker-form"
          style={{ padding: 'var(--s3)' }}
          onSubmit={(event) => {
            event.preventDefault();
            close();
            setQuery({ tenant: String(new FormData(event.currentTarget).get('tenant')).trim() });
          }}
        >
          <label class="field">
            <span class="field-name">Tenant</span>
            <input class="input" name="tenant" defaultValue={chosen} required />
          </label>
          <button type="submit" class="button is-primary">
            Show
          </button>
        </form>
      )}
    </Menu>
  );
}

function UserMenu() {
  return (
    <Menu label="You and your settings" isIcon button={<Icon name="user" />}>
      {(close) => (
        <>
          <p class="menu-item">
            <strong>{user.value?.name}</strong>
          </p>
          <a class="menu-item" role="menuitem" href={link('/settings')} onClick={close}>
            Settings
          </a>
          {THEMES.map((name) => (
            <MenuItem
              key={name}
              isChosen={name === theme.value}
              onClick={() => {
                theme.value = name;
                close();
              }}
            >
              Theme: {name}
            </MenuItem>
          ))}
          <a class="menu-item" role="menuitem" href="/docs" data-leaves>
            Try the API
          </a>
          <MenuItem onClick={() => void logOut()}>Log out</MenuItem>
        </>
      )}
    </Menu>
  );
}
