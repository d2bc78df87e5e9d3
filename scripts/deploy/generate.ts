/** The word for a token that the deployment makes itself. */
export const GENERATE = 'generate'
