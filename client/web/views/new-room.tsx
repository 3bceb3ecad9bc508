import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { asRoomName, roomNameProblem } from '../room-names.ts'
import { rows } from '../room-rows.ts'
import { show } from '../rooms.ts'
import { Dialog } from './dialog.tsx'

/** Creates a room, or joins an existing room of that name. */
export function NewRoom() {
  const [typed, type] = useState('')
  const name = asRoomName(typed)
  const objection = roomNameProblem(name)
  const there = [...rows.value.mine, ...rows.value.others].find(({ room }) => room === name)
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!objection) show(name)
  }
  return (
    <Dialog name="new room" title="Create or join a room">
      <form onSubmit={submit}>
        <label>
          Room name
          <input
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
            aria-describedby="room-rule"
            aria-invalid={typed !== '' && objection !== undefined}
            placeholder="garden-party"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            autofocus
          />
        </label>
        <p id="room-rule" class="rule" role="status" data-objection={typed !== '' && objection !== undefined}>
          {typed === '' ? 'Anyone can join a public room.' : (objection ?? outcome(name, there?.online))}
        </p>
        <button type="submit" class="primary" disabled={objection !== undefined}>
          {there ? 'Join' : 'Create'}
        </button>
      </form>
    </Dialog>
  )
}

function outcome(name: string, online: number | undefined): string {
  if (online === undefined) return `Create #${name}. Anyone can join.`
  return `#${name} exists${online > 0 ? `, ${online} online` : ''}.`
}
