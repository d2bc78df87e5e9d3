import { missingPermissions, type PolicyDocument } from './deployer.ts'
import type { Deployment } from './deployment.ts'
import { type Finding, good, problem } from './findings.ts'

/** As many as are shown at once. */
const SHOWN = 10

/**
 * What a policy of IAM does not allow that a deployment needs, without asking AWS. The account is the first that its text
 * names, or any.
 *
 * @param file where the policy was read, to name it
 */
export function diagnosePolicy(deployment: Deployment, file: string, text: string): Finding[] {
  const policy = parsePolicy(text)
  if (policy === undefined)
    return [problem(`${file} is no policy of IAM; expected JSON with a list "Statement".`)]
  const account = /:(\d{12}):/.exec(text)?.[1] ?? '123456789012'
  const missing = missingPermissions(policy, deployment, account)
  if (missing.length === 0) return [good(`${file} allows what a deployment needs, in the account ${account}`)]
  const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : ''
  return [
    problem(
      `${file} does not allow ${missing.slice(0, SHOWN).join(', ')}${more}; npm run doctor -- --policy-for ${account} prints what does.`,
    ),
  ]
}

function parsePolicy(text: string): PolicyDocument | undefined {
  try {
    const policy = JSON.parse(text) as (Omit<PolicyDocument, 'Statement'> & { Statement?: unknown }) | null
    const { Statement } = policy ?? {}
    // IAM takes a single statement without a list around it.
    if (typeof Statement !== 'object' || Statement === null) return undefined
    return { ...policy, Statement: [Statement].flat() } as PolicyDocument
  } catch {
    return undefined
  }
}
