import { useSignalEffect } from '@preact/signals'
import { isDirect, titleOf } from '../room-names.ts'
import { currentName, currentRoom, dialog, pane, panel } from '../state.ts'
import { totalHighlights } from '../unread.ts'
import { me } from '../users.ts'
import { Members } from './members.tsx'
import { NewRoom } from './new-room.tsx'
import { Notice } from './notice.tsx'
import { QuickSwitcher } from './quick-switcher.tsx'
import { Room } from './room.tsx'
import { Settings } from './settings.tsx'
import { Sidebar } from './sidebar.tsx'
import { SignIn } from './sign-in.tsx'

export function App() {
  useSignalEffect(() => {
    const news = totalHighlights.value > 0 ? `(${totalHighlights.value}) ` : ''
    document.title = me.value ? `${news}${titleOf(currentName.value)} – Hubbub` : 'Hubbub'
  })
  if (!me.value) return <SignIn />
  const talk = currentRoom.value
  return (
    <div class="app" data-pane={pane.value} data-panel={panel.value} data-direct={isDirect(currentName.value)}>
      <Sidebar />
      {talk ? <Room key={talk.name} room={talk} /> : <main class="room" />}
      {talk && !isDirect(talk.name) && <Members room={talk} />}
      <Notice />
      {dialog.value === 'jump' && <QuickSwitcher />}
      {dialog.value === 'new room' && <NewRoom />}
      {dialog.value === 'settings' && <Settings />}
    </div>
  )
}
