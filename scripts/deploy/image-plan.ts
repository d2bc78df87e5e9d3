import { ARCHITECTURES, type Architecture } from '../layers/runtime.ts'

/** Where the folders of an image come from, below the root of the project, and where they lie in it. */
const FOLDERS = [
  { from: 'dist', to: 'app/dist' },
  { from: 'layers/onnxruntime/nodejs/node_modules', to: 'app/node_modules' },
  { from: 'layers/models', to: 'app/layers/models' },
] as const
/** The runtime of language models, where it is asked for. */
const LLM_FOLDER = { from: 'layers/llm', to: 'app/layers/llm' } as const

/** What is made of a build's arguments. */
interface ImagePlan {
  /** Commands of package.json with their arguments, to be run one after the other. */
  readonly commands: readonly (readonly string[])[]
  readonly folders: readonly { readonly from: string; readonly to: string }[]
}

/** The names of the model that is in the checkout, and on no hub. */
const BUNDLED = ['jobs-static', 'jobs', 'jobs-static-2']

/** Architectures by the names that Docker has for them. */
const OF_DOCKER: Readonly<Record<string, Architecture>> = { amd64: 'x64', arm64: 'arm64' }

/**
 * Plans the files of an image.
 *
 * @param models ids or aliases with commas between, which are put in beside the bundled model; may be empty
 * @param architecture as Docker or Node names it
 * @param llm whether language models are to run in it
 * @throws Error when there is no runtime for the architecture
 */
export function planImage(models: string, architecture: string, llm = false): ImagePlan {
  const arch = OF_DOCKER[architecture] ?? ARCHITECTURES.find((name) => name === architecture)
  if (!arch) {
    throw new Error(
      `There is no ONNX runtime for linux/${architecture}; expected --platform linux/amd64 or linux/arm64.`,
    )
  }
  const more = models.split(/[\s,]+/).filter((name) => name !== '' && !BUNDLED.includes(name))
  const chosen = ['jobs-static', ...new Set(more)]
  return {
    commands: [
      ...(more.length > 0 ? [['models', 'pull', ...more]] : []),
      // Before the programs: what is made of models here is pinned in them.
      ['build:layers', '--arch', arch, '--models', chosen.join(','), ...(llm ? ['--llm'] : [])],
      ['build'],
    ],
    folders: llm ? [...FOLDERS, LLM_FOLDER] : FOLDERS,
  }
}

/** What the build makes of the doors that Lambda alone calls; other programs may begin with the same word. */
const LAMBDA_DOOR =
  /^((embed|match)(\.bundle)?\.js(\.cache)?|(embed|match)-preloaded\.mjs|(batch|split|generate)\.js)$/

/** Whether a file of `dist/` is of a Lambda door alone, or was left there by a command; an image does without. */
export function isLeftOut(path: string): boolean {
  return LAMBDA_DOOR.test(path) || /^(run|test-[^/]*)\/|^recorder\./.test(path)
}
