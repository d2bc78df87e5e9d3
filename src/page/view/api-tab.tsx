import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiFailure, callJson, tokenOfTab } from './frame/client.tsx'
import { FieldError } from './frame/field.tsx'
import { useWords } from './frame/language.tsx'

interface SwaggerRequest {
  readonly headers: Record<string, string>
}

/** The part of Swagger UI's bundle that is used here. */
type SwaggerUi = (options: {
  readonly domNode: HTMLElement
  readonly spec: unknown
  readonly deepLinking: boolean
  readonly validatorUrl: null
  readonly defaultModelsExpandDepth: number
  readonly docExpansion: 'list'
  readonly requestInterceptor: (request: SwaggerRequest) => SwaggerRequest
}) => unknown

/** The files of Swagger UI, by the names that the build gave them. */
declare const SWAGGER_FILES: { readonly script: string; readonly style: string }

/** Every route, rendered from the server's own OpenAPI document; loaded with the first look at it. */
export function ApiTab() {
  const words = useWords()
  const place = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'loading' | 'shown' | { readonly problem: string }>('loading')
  useEffect(() => {
    showReference(place.current!).then(
      () => setState('shown'),
      (cause: unknown) =>
        setState({
          problem: cause instanceof ApiFailure && cause.message ? cause.message : words.unreachable,
        }),
    )
  }, [])
  return (
    <>
      <div class="intro">
        <h1>{words.api.title}</h1>
        <p>
          {words.api.lead} <a href="openapi.json">{words.api.document}</a>
        </p>
        <p class="hint">{words.api.language}</p>
      </div>
      {state === 'loading' && <p role="status">{words.api.loading}</p>}
      {typeof state === 'object' && <FieldError id="api-error" sentence={state.problem} />}
      <div class="reference" ref={place} lang="en" />
    </>
  )
}

async function showReference(place: HTMLElement): Promise<void> {
  const [spec] = await Promise.all([
    callJson<Record<string, unknown>>('openapi.json'),
    load('script', { src: SWAGGER_FILES.script }),
    load('link', { rel: 'stylesheet', href: SWAGGER_FILES.style }),
  ])
  const { SwaggerUIBundle } = window as Window & { SwaggerUIBundle?: SwaggerUi }
  SwaggerUIBundle?.({
    domNode: place,
    // Paths are tried below the address that the page came from, also behind a proxy.
    spec: { ...spec, servers: [{ url: new URL('.', location.href).href.replace(/\/$/, '') }] },
    deepLinking: false,
    validatorUrl: null,
    defaultModelsExpandDepth: -1,
    docExpansion: 'list',
    requestInterceptor: (request) => {
      const token = tokenOfTab()
      if (token !== null) request.headers.authorization ??= `Bearer ${token}`
      return request
    },
  })
}

function load(tag: 'script' | 'link', attributes: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes)
    element.addEventListener('load', () => resolve())
    element.addEventListener('error', () => reject(new ApiFailure('', 0)))
    document.head.append(element)
  })
}
