/// Sockets: listeners, rounds, write batching. Netty lives here and in `front.http`.
///
/// **What we own.** The event loop's round: sockets are read, sessions turn bytes into commands,
/// shards run their turns, and each connection's output goes out with one write.
///
/// **Who calls us, on which thread.** Netty, on the event loop; `node` starts and stops us.
///
/// **Where to start reading.** [Round], then [AmqpListener].
@NullMarked
package dev.parley.front.wire;

import org.jspecify.annotations.NullMarked;
