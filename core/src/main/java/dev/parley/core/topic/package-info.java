/// Publish-subscribe: durable sessions of subscribers, retained messages, wills.
///
/// **What we own.** Every durable session of one shard: what it subscribed to, which messages wait
/// for it in which order, which of them its client has under which packet id, what its client
/// published with quality of service 2, and its will; and the retained messages of the topics that
/// belong to the shard. Sessions that end with their connection are not here.
///
/// **Who calls us, on which thread.** The shard, on its event loop. Connections send
/// [TopicCommand]s and are answered through [TopicClient] on the same loop. Who gets a message is
/// found out before it comes here, with the [FilterTree] that the loop keeps.
///
/// **What is on disk.** The records in `Records`, and snapshots as written by `TopicMachine.save`;
/// both stand in `docs/formats/topic.md`. A message lies in the log once, however many sessions
/// wait for it.
///
/// **Where to start reading.** [TopicCommand], then `TopicMachine`, then `Session`.
@NullMarked
package dev.parley.core.topic;

import org.jspecify.annotations.NullMarked;
