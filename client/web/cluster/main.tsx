import { render } from 'preact'
import { startTheme } from '../theme.ts'
import { pollStats } from './stats-poller.ts'
import { ClusterPage } from './views/page.tsx'

startTheme()
pollStats()
render(<ClusterPage />, document.body)
