// Prints each callback that it receives.
import { createServer } from 'node:http'

createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  console.log(`callback ${request.headers['x-phota-signature']} ${body}`)
  response.end()
}).listen(Number(process.env.PORT))
