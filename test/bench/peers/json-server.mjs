// json-server without a file behind it: each submit is another row of a table in memory, which favours it.
import jsonServer from 'json-server'

const { poll } = JSON.parse(process.env.BENCH_ANSWERS)
const job = JSON.parse(poll)
const app = jsonServer.create()
app.use(jsonServer.defaults({ logger: false }))
app.use(jsonServer.rewriter({ '/v1/phota/edit': '/jobs', '/v1/phota/jobs/:id': '/jobs/:id' }))
app.use(jsonServer.router({ jobs: [{ id: job.job_id, ...job }] }))
app.listen(Number(process.env.BENCH_PORT), '127.0.0.1')
