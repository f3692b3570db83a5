/// Tests from outside: real sockets, real processes, clients that others wrote, `kill -9`.
///
/// We own the processes that a test starts; each class runs on JUnit's one thread, with clients'
/// own threads beside it. Nothing here knows the node's inside: it sees the command line, the ports
/// and the protocol. With `PARLEY_IT_AMQP_URL` set the same tests run against any broker, which is
/// how they were checked against RabbitMQ. Start reading at {@link dev.parley.it.Broker}.
@NullMarked
package dev.parley.it;

import org.jspecify.annotations.NullMarked;
