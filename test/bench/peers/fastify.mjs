// The same two routes in Fastify: a body that is validated, and constant JSON.
import fastify from 'fastify'

const { submit, poll } = JSON.parse(process.env.BENCH_ANSWERS)
const app = fastify()
const body = {
  type: 'object',
  required: ['prompt'],
  properties: {
    prompt: { type: 'string' },
    images: { type: 'array', items: { type: 'string' } },
    profile_ids: { type: 'array', items: { type: 'string' } },
    num_output_images: { type: 'integer', minimum: 1, maximum: 4 },
    output_format: { type: 'string', enum: ['png', 'jpg'] },
    async: { type: 'boolean' },
    response_mode: { type: 'string', enum: ['urls', 'bytes'] },
  },
}
app.post('/v1/phota/edit', { schema: { body } }, (_request, reply) => {
  reply.code(202).header('content-type', 'application/json').send(submit)
})
app.get('/v1/phota/jobs/:id', (_request, reply) => {
  reply.header('content-type', 'application/json').send(poll)
})
await app.listen({ port: Number(process.env.BENCH_PORT), host: '127.0.0.1' })
