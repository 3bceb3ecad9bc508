import type { TargetedSubmitEvent } from 'preact'
import { NAME_MAX_CHARS } from '../../../protocol/limits.ts'
import { roomInAddress } from '../address.ts'
import { unreachable } from '../connection-problems.ts'
import { faultText } from '../fault-words.ts'
import { isDirect } from '../room-names.ts'
import { hasToken, leave, resumeSession, signIn } from '../session.ts'
import { chat, connectionState, notice } from '../state.ts'

export function SignIn() {
  const busy = chat.value !== undefined
  const room = roomInAddress()
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    signIn(String(new FormData(event.currentTarget).get('name')))
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit} aria-busy={busy}>
        <img src="/favicon.svg" alt="" width="56" height="56" />
        <h1>Hubbub</h1>
        <p class="invitation">
          Pick a name and start chatting. No account needed.
          {room && !isDirect(room) && (
            <>
              {' '}
              Sign in to join <strong>#{room}</strong>.
            </>
          )}
        </p>
        <label>
          Your name
          <input name="name" required maxLength={NAME_MAX_CHARS} autocomplete="nickname" dir="auto" autofocus />
        </label>
        {notice.value && <p role="alert">{notice.value}</p>}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Connecting…' : 'Sign in'}
        </button>
        {busy && unreachable.value && <Reconnecting />}
        {!busy && hasToken() && (
          <button type="button" onClick={resumeSession}>
            Continue as before
          </button>
        )}
      </form>
    </main>
  )
}

function Reconnecting() {
  const { fault } = connectionState.value
  return (
    <p role="status">
      {fault ? faultText(fault) : "Can't connect."} Trying again…{' '}
      <button type="button" onClick={leave}>
        Stop
      </button>
    </p>
  )
}
