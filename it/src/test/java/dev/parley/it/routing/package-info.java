/// Where messages go, against a model: random graphs of exchanges, bindings and dead-letter routes.
///
/// [Graph] is a graph with the messages that are published to it; one seed makes one
/// ([GraphMaker]). [RoutingModel] says in memory what becomes of every message; [GraphRun] asks a
/// broker over AMQP. Both give an [Arrivals], and the two must be equal. The model is checked
/// against RabbitMQ by `./dev conformance amqp`, Parley by [RoutingTest]. Start reading at
/// `RoutingModel`.
@NullMarked
package dev.parley.it.routing;

import org.jspecify.annotations.NullMarked;
