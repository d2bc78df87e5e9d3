import { openEngine } from '../../src/models/open.ts'
import { describeEngine } from '../contracts/engine.ts'

describeEngine('the engine in this thread', openEngine)
