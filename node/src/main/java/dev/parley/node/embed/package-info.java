/// The Java API inside the node's own process: `dev.parley.api`'s interfaces over the event loop.
///
/// **What we own.** What programs in this process have sent and not yet heard of ([Lane],
/// [Outlet]), their consumers ([LocalConsumer]) and subscriptions ([LocalSubscription],
/// [LocalFeed]), and the way between their threads and the event loop ([Programs]): [Inlet] in, one
/// wake-up per burst; [Answers] out, likewise.
///
/// **Who calls us, on which thread.** Programs, on threads of theirs; the event loop. A class says
/// which of its methods are for the loop. No code of a program runs on the loop: codecs run on the
/// thread that sends or on the one that handles, handlers on virtual threads.
///
/// **What is on the wire.** Messages in queues are AMQP's ([Envelope]), those of topics are MQTT's
/// ([Events]): clients read what is sent here, and the other way round.
///
/// **Where to start reading.** [Programs]. For queues [EmbeddedQueues], then [Lane] for sending and
/// [LocalConsumer] for consuming; for topics [EmbeddedTopics], then [Outlet] and
/// [LocalSubscription]; for streams [EmbeddedStreams], then [StreamSource].
@NullMarked
package dev.parley.node.embed;

import org.jspecify.annotations.NullMarked;
