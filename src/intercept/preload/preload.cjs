// Loaded into every Node that the command starts, whatever its version, by NODE_OPTIONS. Connections to the hosts are
// led to the proxy here, where every client passes by: fetch, axios, got, undici, node:https.
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')

const { port, hosts } = JSON.parse(fs.readFileSync(path.join(__dirname, 'preload.json'), 'utf8'))

const connect = net.Socket.prototype.connect

net.Socket.prototype.connect = function (...args) {
  // Node's own functions hand over a list of options and callback.
  const list = Array.isArray(args[0]) ? args[0] : args
  const [first, second] = list
  if (first !== null && typeof first === 'object') {
    if (!first.path && (isOurs(first.host) || isOurs(first.servername))) list[0] = { ...first, host: '127.0.0.1', port }
  } else if (typeof second === 'string' && isOurs(second)) {
    list[0] = port
    list[1] = '127.0.0.1'
  }
  return connect.apply(this, args)
}

function isOurs(name) {
  if (typeof name !== 'string') return false
  const host = name.toLowerCase().replace(/\.$/, '')
  return hosts.some((pattern) => (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern))
}
