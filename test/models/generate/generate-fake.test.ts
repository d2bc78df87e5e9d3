import { describeGenerator } from '../../support/describe-generator.ts'
import { createFakeGenerator } from '../../support/fake-generator.ts'

describeGenerator({
  name: 'the fake model of the tests of chats',
  open: async () => createFakeGenerator(),
  can: { logprobs: true, choose: false },
})
