// Sends what asks for AMQP's own port to the broker under test: amqplib's suite, which we run
// unchanged, has that port written into half of its tests. Loaded by `node --require`.
'use strict';
const net = require('node:net');

const port = Number(new URL(process.env.URL.replace(/^amqp:/, 'http:')).port);
const connect = net.connect;

net.connect = function (options, ...rest) {
  if (options && typeof options === 'object' && Number(options.port) === 5672) {
    return connect.call(net, { ...options, port }, ...rest);
  }
  return connect.call(net, options, ...rest);
};
