import { notifications, turnOff, turnOn } from '../notifications.ts'
import { signOut } from '../session.ts'
import { type Theme, theme } from '../theme.ts'
import { me } from '../users.ts'
import { Dialog } from './dialog.tsx'

const themes: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' }

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
          You are <bdi>{me.value?.name}</bdi> for as long as you stay. To have another name, sign out and come back as
          somebody new.
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
      return <p>This browser has none for pages like this one. The page's title counts what is meant for you.</p>
    case 'denied':
      return <p>Your browser was told not to show any from here. Its settings for this site can change that.</p>
    case 'on':
      return (
        <>
          <p>While this page is not in front, you are told when somebody writes to you or mentions you.</p>
          <button type="button" onClick={turnOff}>
            Turn off notifications
          </button>
        </>
      )
    case 'off':
      return (
        <>
          <p>
            Be told when somebody writes to you, or mentions you as <bdi>@{me.value?.name}</bdi>, while this page is not
            in front. Your browser will ask you to allow it; nothing else is ever shown.
          </p>
          <button type="button" onClick={() => void turnOn()}>
            Turn on notifications
          </button>
        </>
      )
  }
}
