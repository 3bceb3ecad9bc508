import { render } from 'preact'
import { startTheme } from '../theme.ts'
import { watchCluster } from './stats-poller.ts'
import { ClusterPage } from './views/page.tsx'

startTheme()
watchCluster()
render(<ClusterPage />, document.body)
