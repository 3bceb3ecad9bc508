import { useEffect } from 'preact/hooks'
import { chat } from '../state.ts'
import { find, hearStrangers, search, shown, Talk } from '../strangers.ts'
import { me } from '../users.ts'
import { Icon } from './icon.tsx'
import { StrangerTalk } from './stranger-talk.tsx'

/** Talks to somebody whom chance brings, beside everything else that one does. */
export function StrangerButton() {
  const client = chat.value
  useEffect(() => client && hearStrangers(client), [client])
  const now = search.value
  const news =
    now instanceof Talk ? now.messages.value.slice(now.seen.value).filter(({ by }) => by.id !== me.value?.id) : []
  const open = () => {
    if (now === undefined) void find()
    else shown.value = true
  }
  return (
    <>
      <button type="button" class="stranger-button" aria-haspopup="dialog" onClick={open}>
        <Icon of="shuffle" />
        <span>{wordsFor(now)}</span>
        {news.length > 0 && (
          <b class="count" data-for-me="true">
            {news.length} new
          </b>
        )}
      </button>
      {shown.value && now && <StrangerTalk now={now} />}
    </>
  )
}

function wordsFor(now: typeof search.value) {
  if (now === undefined) return 'Talk to a stranger'
  if (now === 'looking') return 'Looking for a stranger…'
  return (
    <>
      {now.over.value ? 'You talked to ' : 'Talking to '}
      <bdi>{now.stranger.name}</bdi>
    </>
  )
}
