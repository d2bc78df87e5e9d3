import { openEngine } from '../../../src/models/engine/open.ts'
import { describeEngine } from '../../contracts/engine.ts'

describeEngine('the engine in this thread', openEngine)
