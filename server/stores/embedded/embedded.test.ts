import { conformance } from '../conformance.ts'
import { inOneDirectory } from './testing.ts'

conformance('the embedded store', inOneDirectory)
