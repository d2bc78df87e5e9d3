/** How a job is opened again. */
interface Reopening {
  /** Whether its file is shared by many workers of a state machine; left out where that is not known. */
  readonly split?: boolean | undefined
  /** From the beginning, with settings read anew. */
  readonly restart?: boolean
}

/**
 * The command that lets a job of a bucket go on, with all that it asks for: messages of the queue start the work on
 * small files only, the state machine that on files that are split. The names in brackets are outputs of the stack.
 */
export function redriveCommand(job: string, { split, restart }: Reopening = {}): string {
  const options = [
    ...(restart ? ['--restart'] : []),
    '--bucket <DataBucketName>',
    ...(split === true ? [] : ['--queue <BatchQueueUrl>']),
    ...(split === false ? [] : ['--state-machine <SplitStateMachineArn>']),
  ]
  return `npm run batch -- redrive ${job} ${options.join(' ')}`
}

/** The command that lets all failed jobs of a stack go on, and what its dead letters tell of. */
export const redriveAllCommand =
  'npm run batch -- redrive --bucket <DataBucketName> --queue <BatchQueueUrl> --state-machine <SplitStateMachineArn> --dead-letter <BatchDeadLettersUrl>'
