import type { DescribedCallback, DescribedOperation, DescribedResponse, Description } from './description.ts'
import { parameterValidatorName, validatorName } from './validators.ts'

/**
 * The TypeScript module that holds every operation as data.
 *
 * @param withAnswers whether it says what each may answer
 */
export function operationTable(
  { operations, callbacks, version, baseUrl }: Description,
  operationTypeFrom: string,
  withAnswers = true,
): string {
  const type = withAnswers ? 'DocumentedTable' : 'OperationTable'
  return `import type { ${callbacks.length > 0 ? 'Callback, ' : ''}${type} } from '${operationTypeFrom}'
import * as validators from './validators.js'

export type OperationId = ${operations.map(({ operationId }) => `'${operationId}'`).join(' | ')}

/** The version of the API that is described. */
export const apiVersion = '${version}' as const
export const defaultBaseUrl = '${baseUrl}' as const
export const basePath = '${new URL(baseUrl).pathname}' as const

export const operations: ${type}<OperationId> = {
${operations.map((operation) => row(operation, withAnswers)).join('\n')}
}
${callbacks.length > 0 ? callbackTable(callbacks) : ''}`
}

function callbackTable(callbacks: readonly DescribedCallback[]): string {
  const rows = callbacks.map(({ operationId, method, contentType, schema, requiredHeaders }) => {
    const headers = validatorsOf(operationId, requiredHeaders, (name) => `'${name}'`)
    return [
      `  ${operationId}: {`,
      `    operationId: '${operationId}',`,
      `    method: '${method}',`,
      `    contentType: '${contentType}',`,
      `    validate: validators.${validatorName(schema)},`,
      `    headers: {${headers}},`,
      '  },',
    ].join('\n')
  })
  const ids = callbacks.map(({ operationId }) => `'${operationId}'`).join(' | ')
  return `
/** What the service sends to its clients. */
export const callbacks: Readonly<Record<${ids}, Callback>> = {
${rows.join('\n')}
}
`
}

function row(operation: DescribedOperation, withAnswers: boolean): string {
  const { operationId, queryParameters, requestBody, pathParameters } = operation
  return [
    `  ${operationId}: {`,
    `    operationId: '${operationId}',`,
    `    tag: '${operation.tag}',`,
    `    method: '${operation.method}',`,
    `    path: '${operation.path}',`,
    `    pathParameters: [${pathParameters.map((name) => `'${name}'`).join(', ')}],`,
    `    queryParameters: {${validatorsOf(operationId, queryParameters)}},`,
    `    requestBody: ${requestBody ? `validators.${validatorName(requestBody)}` : 'null'},`,
    `    requestFields: [${operation.requestFields.map((name) => `'${name}'`).join(', ')}],`,
    ...(withAnswers ? ['    responses: {', ...operation.responses.map(response), '    },'] : []),
    '  },',
  ].join('\n')
}

/** Properties of an object: each parameter's validator under its name. */
function validatorsOf(
  operationId: string,
  parameters: readonly { readonly name: string }[],
  keyOf: (name: string) => string = (name) => name,
): string {
  return parameters
    .map(({ name }) => ` ${keyOf(name)}: validators.${parameterValidatorName(operationId, name)} `)
    .join(',')
}

function response({ status, contentType, schema, requiredHeaders, source }: DescribedResponse): string {
  const validate = schema ? `validators.${validatorName(schema)}` : 'null'
  const type = contentType === null ? 'null' : `'${contentType}'`
  const headers = requiredHeaders.map(({ name, source: from }) => `'${name}': '${from}'`).join(', ')
  const about = `contentType: ${type}, validate: ${validate}, headers: { ${headers} }, source: '${source}'`
  return `      ${status}: { ${about} },`
}
