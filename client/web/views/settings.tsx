import { notifications, turnOff, turnOn } from '../notifications.ts'
import { signOut } from '../session.ts'
import { type Theme, theme } from '../theme.ts'
import { me } from '../users.ts'
import { Dialog } from './dialog.tsx'

const themes: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' }

export function Settings() {
  return (
    <Dialog name="settings" title="Settings">
      <fieldset>
        <legend>Appearance</legend>
        <div class="choices">
          {Object.entries(themes).map(([value, word]) => (
            <label key={value}>
              <input
                type="radio"
                name="theme"
                checked={theme.value === value}
                onChange={() => {
                  theme.value = value as Theme
                }}
              />
              {word}
            </label>
          ))}
        </div>
      </fieldset>
      <section aria-labelledby="notifications">
        <h3 id="notifications">Notifications</h3>
        <Notifications />
      </section>
      <section aria-labelledby="you">
        <h3 id="you">You</h3>
        <p>
          You're signed in as <bdi>{me.value?.name}</bdi>. To change your name, sign out and sign in again. You'll lose
          access to your direct messages.
        </p>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </section>
    </Dialog>
  )
}

function Notifications() {
  switch (notifications.value) {
    case 'unsupported':
      return (
        <p>This browser doesn't support notifications on this page. Unread mentions are counted in the page title.</p>
      )
    case 'denied':
      return <p>Notifications are blocked. Allow them in your browser's site settings.</p>
    case 'on':
      return (
        <>
          <p>You get notified of direct messages and @mentions while this tab is in the background.</p>
          <button type="button" onClick={turnOff}>
            Turn off notifications
          </button>
        </>
      )
    case 'off':
      return (
        <>
          <p>
            Get notified of direct messages and @mentions while this tab is in the background. Your browser will ask for
            permission.
          </p>
          <button type="button" onClick={() => void turnOn()}>
            Turn on notifications
          </button>
        </>
      )
  }
}
