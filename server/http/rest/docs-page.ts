import { escapeHtml } from '../html.ts'
import type { OpenApi, Operation, Parameter, Schema } from './openapi.ts'

/** Renders the OpenAPI document as an HTML page without a script; its stylesheet is served at /api/docs.css. */
export function docsPage({ info, paths, components }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}</title>
<link rel="stylesheet" href="/api/docs.css">
<link rel="icon" href="data:,">
</head>
<body>
<header>
<h1>${escapeHtml(info.title)}</h1>
<p>${prose(info.description)}</p>
<p>Machine-readable version: <a href="/api/openapi.json">OpenAPI 3.1</a>. Token: ${prose(components.securitySchemes.bearer.description)} Send it as <code>Authorization: Bearer …</code>.</p>
<nav aria-label="Endpoints"><ul>${operations.map(({ path, method }) => `<li><a href="#${anchor(path)}">${method} ${escapeHtml(path)}</a></li>`).join('')}</ul></nav>
</header>
<main>
${operations.map(operationSection).join('\n')}
<section id="faults" aria-labelledby="faults-title">
<h2 id="faults-title">Errors</h2>
<p>Every error has the same JSON: a code, a message that says what is wrong and what to do, and whether retrying the same request can succeed.</p>
</section>
${Object.entries(components.schemas).map(schemaSection).join('\n')}
</main>
</body>
</html>
`
}

function schemaSection([name, schema]: [string, Schema]): string {
  return `<section id="${name}" aria-labelledby="${name}-title">
<h2 id="${name}-title">${name}</h2>
${fieldTable(schema.properties?.fault ?? schema)}
</section>`
}

interface DocumentedOperation {
  path: string
  method: string
  operation: Operation
}

function operationSection(documented: DocumentedOperation): string {
  const { path, method, operation } = documented
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema
  const contentTypes = Object.keys(operation.requestBody?.content ?? {})
  const id = anchor(path)
  const [success] = Object.values(operation.responses).flatMap(({ content }) => Object.values(content))
  return `<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><code><span class="verb">${method}</span> ${escapeHtml(path)}</code></h2>
<p><strong>${escapeHtml(operation.summary.replace(/[^?]$/, '$&.'))}</strong> ${prose(operation.description)}</p>
<pre><code>${escapeHtml(example(documented))}</code></pre>
${operation.parameters.length > 0 ? `<h3>Parameters</h3>${table(operation.parameters.map(parameterRow))}` : ''}
${body ? `<h3>Body</h3><p class="faint">${contentTypes.map(escapeHtml).join(', ')}</p>${fieldTable(body)}` : ''}
<h3>Response</h3>
<p><code>ok</code> is <code>true</code>, and <code>value</code> is of type ${typeLabel(success?.schema.properties?.value ?? {})}.</p>
<h3>Status</h3>
${table(
  Object.entries(operation.responses).map(([status, { description }]) => [
    `<code>${status}</code>`,
    prose(description),
  ]),
  ['Status', 'Meaning'],
)}
</section>`
}

const parameterRow = ({ name, in: where, required, description, schema }: Parameter): string[] => [
  `<code>${escapeHtml(name)}</code>${where === 'header' ? ' <span class="faint">header</span>' : ''}`,
  typeLabel(schema),
  requiredLabel(required, schema),
  prose(description),
]

function fieldTable(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    `<code>${escapeHtml(name)}</code>`,
    typeLabel(field),
    requiredLabel(!!schema.required?.includes(name), field),
    prose(field.description ?? ''),
  ])
  return table(rows)
}

function requiredLabel(required: boolean, schema: Schema): string {
  if (schema.default !== undefined) return `default: <code>${escapeHtml(String(schema.default))}</code>`
  return required ? 'yes' : 'no'
}

/** A short description of a schema's type, as HTML. */
function typeLabel({
  $ref,
  type,
  anyOf,
  enum: choices,
  const: constant,
  minimum,
  maximum,
  maxLength,
  items,
}: Schema): string {
  const name = $ref?.split('/').at(-1)
  if (name) return `<a href="#${name}">${name}</a>`
  if (anyOf) return anyOf.map(typeLabel).join(' or ')
  if (choices) return choices.map((choice) => `<code>${escapeHtml(String(choice))}</code>`).join(', ')
  if (constant !== undefined) return `<code>${escapeHtml(String(constant))}</code>`
  if (items) return `list of ${typeLabel(items)}`
  const bounded = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER
  const typeNames = escapeHtml([type ?? ''].flat().join(' or '))
  if (bounded) return `${typeNames} ${minimum}–${maximum}`
  return `${typeNames}${maxLength === undefined ? '' : `, at most ${maxLength} characters`}`
}

function table(rows: string[][], heads = ['Name', 'Type', 'Required', 'Description']): string {
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}

/** A curl command with the required fields, each set to its first example. */
function example({ path, method, operation }: DocumentedOperation): string {
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema
  if (!schema) {
    const query = operation.parameters
      .filter(({ required }) => required)
      .map(({ name, schema: { examples } }) => `${name}=${encodeURIComponent(String(examples?.[0]))}`)
    return `curl 'http://localhost:8080${path}${query.length > 0 ? `?${query.join('&')}` : ''}'`
  }
  const fields = (schema.required ?? []).map((name) => [name, schema.properties?.[name]?.examples?.[0]])
  return `curl -X ${method} http://localhost:8080${path} \\\n  -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(Object.fromEntries(fields))}'`
}

const anchor = (path: string): string => path.slice(1)

/** Renders the subset of Markdown that the descriptions use: inline code. */
const prose = (markdown: string): string => escapeHtml(markdown).replace(/`([^`]+)`/g, '<code>$1</code>')
