/// A shard: one log partition, one owner, and the machines that live on it.
///
/// **What we own.** The order of a turn, the parking of promises until they are durable, the timing
/// wheel, and the ports [Clock] and [Chance].
///
/// **Who calls us, on which thread.** The event loop that owns the shard, and nobody else; other
/// threads reach it through [Inbox].
///
/// **What is on disk.** Nothing of our own: each record begins with the type byte that its machine
/// gave it, from the machine's own range; a snapshot is the machines' states one after the other.
///
/// **Where to start reading.** [Shard], then [Machine] and [Decision].
@NullMarked
package dev.parley.core.shard;

import org.jspecify.annotations.NullMarked;
