import { useSignalEffect } from '@preact/signals'
import { isDirect, titleOf } from '../room-names.ts'
import { current, dialog, pane, panel, room } from '../state.ts'
import { forMe } from '../unread.ts'
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
    const news = forMe.value > 0 ? `(${forMe.value}) ` : ''
    document.title = me.value ? `${news}${titleOf(current.value)} – Hubbub` : 'Hubbub'
  })
  if (!me.value) return <SignIn />
  const talk = room.value
  return (
    <div class="app" data-pane={pane.value} data-panel={panel.value} data-direct={isDirect(current.value)}>
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
