/** One option of a tool; without a `value` it is a switch. */
export interface ToolOption {
  /** What its value is, for the help: `<file>`. */
  readonly value?: string
  readonly default?: string
  readonly multiple?: boolean
  /** A switch that is on unless `--no-…` is given. */
  readonly on?: boolean
  /** What it does, in a few words. */
  readonly help: string
}

/** The options of a tool, by their names without the dashes. */
export type ToolOptions = Readonly<Record<string, ToolOption>>

/** What a tool says about itself: everything that its `--help` prints and that its arguments are read by. */
export interface ToolShape<Options extends ToolOptions = ToolOptions> {
  /** As npm calls it: `embed`. */
  readonly name: string
  /** What it is for, in one or two sentences. */
  readonly summary: string
  /** What may follow the name, a form a line. */
  readonly usage: readonly string[]
  /** What the forms do, where there are several commands. */
  readonly commands?: readonly (readonly [form: string, help: string])[]
  readonly options: Options
  /** What may follow the name, as somebody would type it. */
  readonly examples: readonly string[]
  /** More to know, a line each. */
  readonly notes?: readonly string[]
  /** Without any argument it prints its help. */
  readonly helpAlone?: boolean
}

/** The values of options, as {@link readArguments} of tool-arguments.ts gives them. */
export type ToolValues<Options extends ToolOptions> = {
  readonly [Name in keyof Options]: Options[Name] extends { readonly value: string }
    ? Options[Name] extends { readonly multiple: true }
      ? readonly string[]
      : Options[Name] extends { readonly default: string }
        ? string
        : string | undefined
    : boolean
}

/** A tool that can be run, whatever its options are. */
export interface Tool {
  readonly shape: ToolShape
  /**
   * Does the work.
   *
   * @param root the folder that holds `layers/`
   * @returns the exit status; 0 when it is left out
   * @throws UsageError for a mistake in the arguments; any other error for what went wrong
   */
  run(args: readonly string[], root: string): Promise<number | undefined>
}
