/// AMQP 0-9-1 in RabbitMQ's dialect: codec, connections, channels.
///
/// **What we own.** Everything between bytes and commands. Free of Netty: `front.wire` and the
/// simulator drive an [AmqpConnection] alike, with byte buffers.
///
/// **Who calls us, on which thread.** The connection's event loop, for input, answers and ticks.
///
/// **What is on the wire.** AMQP 0-9-1 with RabbitMQ's extensions; see `docs/protocols/amqp.md`.
///
/// **Where to start reading.** [AmqpConnection], then `AmqpChannel`, then `ClientMethod`.
@NullMarked
package dev.parley.front.amqp;

import org.jspecify.annotations.NullMarked;
