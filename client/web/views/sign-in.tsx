import type { TargetedSubmitEvent } from 'preact'
import { NAME_MAX_CHARS } from '../../../protocol/limits.ts'
import { canReturn, goBackIn, leave, signIn } from '../session.ts'
import { condition, notice } from '../state.ts'

export function SignIn({ busy }: { busy: boolean }) {
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    signIn(String(new FormData(event.currentTarget).get('name')))
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit} aria-busy={busy}>
        <img src="/favicon.svg" alt="" width="56" height="56" />
        <h1>Hubbub</h1>
        <p class="invitation">Choose a name and start talking.</p>
        <label>
          Your name
          <input name="name" required maxLength={NAME_MAX_CHARS} autocomplete="nickname" autofocus />
        </label>
        {notice.value && <p role="alert">{notice.value}</p>}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Connecting…' : 'Sign in'}
        </button>
        {busy && condition.value.state === 'offline' && (
          <p role="status">
            The chat cannot be reached right now. Trying again…{' '}
            <button type="button" onClick={leave}>
              Stop
            </button>
          </p>
        )}
        {!busy && canReturn() && (
          <button type="button" onClick={goBackIn}>
            Try again with the name I had
          </button>
        )}
      </form>
    </main>
  )
}
