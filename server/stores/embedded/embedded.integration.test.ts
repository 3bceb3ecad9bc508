import { startEmbeddedCluster } from '../../test/temporary-directory.ts'
import { conformance } from '../conformance.ts'

conformance('the embedded store', startEmbeddedCluster)
