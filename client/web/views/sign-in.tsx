import type { TargetedSubmitEvent } from 'preact'
import { NAME_MAX_CHARS } from '../../../protocol/limits.ts'
import { addressed } from '../address.ts'
import { unreachable } from '../connection-problems.ts'
import { faultText } from '../fault-words.ts'
import { isDirect } from '../room-names.ts'
import { canReturn, goBackIn, leave, signIn } from '../session.ts'
import { chat, connectionState, notice } from '../state.ts'

export function SignIn() {
  const busy = chat.value !== undefined
  const room = addressed()
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
          A chat for everybody on this server: no account, just a name.
          {room && !isDirect(room) && (
            <>
              {' '}
              You are on your way to <strong>#{room}</strong>.
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
        {busy && unreachable.value && <Waiting />}
        {!busy && canReturn() && (
          <button type="button" onClick={goBackIn}>
            Try again with the name I had
          </button>
        )}
      </form>
    </main>
  )
}

function Waiting() {
  const { fault } = connectionState.value
  return (
    <p role="status">
      {fault ? faultText(fault) : 'The chat cannot be reached right now.'} Trying again…{' '}
      <button type="button" onClick={leave}>
        Stop
      </button>
    </p>
  )
}
