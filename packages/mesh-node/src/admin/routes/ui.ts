import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { getUi, getUiFile } from '../schemas/health.ts'
import type { Serve } from '../serve.ts'

const require = createRequire(import.meta.url)

/** Nothing is loaded from elsewhere, nothing is sent anywhere, and no page shows this one in a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>TrustMesh admin API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/ui/swagger-ui.css"></head>
<body><div id="api"></div><script src="/ui/swagger-ui-bundle.js"></script><script src="/ui/page.js"></script></body>
</html>
`

/** To be read only: requests are made by programs, which no other page can tell to. */
const SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', supportedSubmitMethods: [], validatorUrl: null })
`

const [SCRIPTS, STYLES] = ['text/javascript; charset=utf-8', 'text/css; charset=utf-8']
const FILES = {
  'page.js': { type: SCRIPTS, text: async () => SCRIPT },
  'swagger-ui-bundle.js': {
    type: SCRIPTS,
    text: () => readFile(require.resolve('swagger-ui-dist/swagger-ui-bundle.js'), 'utf8'),
  },
  'swagger-ui.css': { type: STYLES, text: () => readFile(require.resolve('swagger-ui-dist/swagger-ui.css'), 'utf8') },
} as const

/** The documentation as a page, with all that it is made of. */
export function addUi(serve: Serve): void {
  serve(getUi, ({ reply }) => {
    reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8')
    return PAGE
  })

  serve(getUiFile, async ({ params, reply }) => {
    const { type, text } = FILES[params.file]
    reply.header('content-security-policy', POLICY).type(type)
    return await text()
  })
}
