/// A deterministic simulation of a node: shards, queues, sessions and log on one thread, over a
/// disk that loses, tears and fails, under a clock that jumps.
///
/// **What we own.** [SimDisk] (what a crash may do to files), [SimNode] (one life of a node, from
/// start to crash), [SimClient] (random clients that speak AMQP), [Operator] (somebody who looks
/// after queues), [Ledger] (knows what was promised; [Times], [Turns], [Deaths] and [Stalls] check
/// it), [Traveller] (compares routing with the model [Atlas]) and [Simulation] (one run).
/// Everything random comes from one seed, so a seed repeats its run.
///
/// **What runs here is the product.** Log, shards, machines, `Home` and sessions are the very
/// classes of the node; only sockets, threads, time and disk are replaced.
///
/// **Where to start reading.** [Simulation], then [Ledger].
@NullMarked
package dev.parley.sim;

import org.jspecify.annotations.NullMarked;
