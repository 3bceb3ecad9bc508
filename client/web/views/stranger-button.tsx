import { useEffect } from 'preact/hooks'
import { chat } from '../state.ts'
import { dialogShown, findStranger, followMatches, MatchConversation, match } from '../strangers.ts'
import { me } from '../users.ts'
import { Icon } from './icon.tsx'
import { StrangerDialog } from './stranger-dialog.tsx'

/** Opens the conversation with a stranger, and shows its unread count. */
export function StrangerButton() {
  const client = chat.value
  useEffect(() => client && followMatches(client), [client])
  const now = match.value
  const news =
    now instanceof MatchConversation
      ? now.messages.value.slice(now.seenCount.value).filter(({ by }) => by.id !== me.value?.id)
      : []
  const open = () => {
    if (now === undefined) void findStranger()
    else dialogShown.value = true
  }
  return (
    <>
      <button type="button" class="stranger-button" aria-haspopup="dialog" onClick={open}>
        <Icon of="shuffle" />
        <span>{label(now)}</span>
        {news.length > 0 && (
          <b class="count" data-for-me="true">
            {news.length} new
          </b>
        )}
      </button>
      {dialogShown.value && now && <StrangerDialog now={now} />}
    </>
  )
}

function label(now: typeof match.value) {
  if (now === undefined) return 'Talk to a stranger'
  if (now === 'looking') return 'Looking for a stranger…'
  return (
    <>
      {now.ended.value ? 'Talked to ' : 'Talking to '}
      <bdi>{now.stranger.name}</bdi>
    </>
  )
}
