/** What a language model is opened with; every number has been checked. */
export interface GeneratorParts {
  /**
   * The place on this disk of one of the model's files, whose size and SHA-256 have been checked; it is fetched where
   * it is not there.
   *
   * @throws AppError `artifact_missing`, `artifact_corrupt`
   */
  readonly fileAt: (path: string) => Promise<string>
  /** The program of the process that runs llama.cpp: functions/llama.ts, as it was built. */
  readonly llamaProgram: string
  /** Folders in which node-llama-cpp is looked for, first to last, beside that of the program itself. */
  readonly runtimeFolders: readonly string[]
  /** Guaranteed processors; with more threads than that each waits for one that does not run. */
  readonly threads: number
  /** Tokens of prompt and answer together, at most the model's own. */
  readonly contextTokens: number
  /** Tokens of a prompt that are evaluated between two looks at the deadline. */
  readonly chunkTokens: number
  /** Answers that may wait for the one in progress. */
  readonly queueLimit: number
  /** Bytes that a model may take. */
  readonly availableBytes: number
  /** For tests: milliseconds that a process with llama.cpp may go on behind the end of the time before it is killed. */
  readonly graceMs?: number
  /** The server of remote models; absent where none is set. */
  readonly remote?: {
    readonly endpoint: string
    readonly allow: readonly string[]
    readonly key?: () => Promise<string>
  }
}
