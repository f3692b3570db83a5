/// RabbitMQ's HTTP API, `/api/…`, as far as tools use it: `rabbitmqadmin`, Celery's Flower,
/// dashboards.
///
/// **What we own.** What the paths, tags, statuses and bodies mean; they are RabbitMQ's, also where
/// we would have done otherwise. `docs/protocols/management.md` says what is left out.
///
/// **Who calls us, on which thread.** The node's HTTP service, on the event loop; everything here
/// runs on it and answers when what it says is durable.
///
/// **Where to start reading.** [Management], then a `…Resource`.
@NullMarked
package dev.parley.node.management;

import org.jspecify.annotations.NullMarked;
