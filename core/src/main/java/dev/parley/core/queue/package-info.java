/// Message queues: durable mailboxes with competing consumers, acknowledgement and redelivery.
///
/// **What we own.** Every queue of one shard: which messages wait in which order, who has which of
/// them, when they expire, where they go when they cannot stay.
///
/// **Who calls us, on which thread.** The shard, on its event loop. Sessions send [QueueCommand]s
/// and are answered through [QueueClient] on the same loop.
///
/// **What is on disk.** The records in `Records`, and snapshots as written by `QueueMachine.save`;
/// both stand in `docs/formats/queue.md`. A queue keeps positions, never bodies: its entries lie in
/// pages of [Page#ENTRIES], and pages of a deep queue that nobody reads now are records of the log
/// themselves, so that memory does not grow with depth.
///
/// **Where to start reading.** [QueueCommand], then `QueueMachine`, then `Level` and `Page`.
@NullMarked
package dev.parley.core.queue;

import org.jspecify.annotations.NullMarked;
