import { chatRequest, chatResponse } from '../chat-schemas.ts'
import { openAiErrorResponse } from '../schemas.ts'
import { MODEL_ERRORS, type RouteDocumentation } from './route-documentation.ts'

const asked = { role: 'user', content: 'What does a data analyst do? One sentence.' } as const

/** What OpenAPI says of the route of chats, which only doors with language models have. */
export const chatDocumentation: RouteDocumentation = {
  summary:
    "Answers a conversation, as OpenAI's chat completions route does; with stream set to true as text/event-stream.",
  request: chatRequest,
  requestExamples: {
    plain: { model: 'smollm2-135m', messages: [asked], max_tokens: 64 },
    streamed: {
      model: 'smollm2-135m',
      messages: [{ role: 'system', content: 'Be brief.' }, asked],
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    },
  },
  response: chatResponse,
  responseExample: {
    id: 'chatcmpl-2f1c5a6e-6f0b-4f0c-9a57-0d0a4a1f6f11',
    object: 'chat.completion',
    created: 1795867200,
    model: 'smollm2-135m',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'They turn data into decisions.', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 19, completion_tokens: 7, total_tokens: 26 },
  },
  errors: openAiErrorResponse,
  errorStatuses: MODEL_ERRORS,
}
