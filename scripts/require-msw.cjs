// What stands for `msw` in the CommonJS build: where a loader cannot require it, as jest's cannot, it says what can be
// done.
try {
  module.exports = require('msw')
} catch (cause) {
  if (cause?.code !== 'ERR_REQUIRE_ESM' && cause?.name !== 'SyntaxError') throw cause
  throw new Error(
    'phota-mock/msw needs msw, which is made of ES modules, or depends on some, and jest as it comes cannot require ' +
      'those. Run jest on Node 24.9 or newer with NODE_OPTIONS=--experimental-vm-modules, or use phota.fetch of ' +
      "require('phota-mock'), which needs no msw.",
    { cause },
  )
}
