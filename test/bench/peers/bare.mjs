// The limit: node:http that collects and parses a body, and answers constant JSON.
import { createServer } from 'node:http'

const { submit, poll } = JSON.parse(process.env.BENCH_ANSWERS)
const headersOf = (text) => ({ 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
const submitHeaders = headersOf(submit)
const pollHeaders = headersOf(poll)

createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, pollHeaders).end(poll)
    return
  }
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    response.writeHead(202, submitHeaders).end(submit)
  })
}).listen(Number(process.env.BENCH_PORT), '127.0.0.1')
