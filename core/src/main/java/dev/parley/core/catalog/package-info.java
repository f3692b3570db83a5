/// The catalog: virtual hosts, users, permissions, exchanges, queues and bindings of a node or
/// cluster.
///
/// **What we own.** A machine of its own on shard 0 ([CatalogMachine]) and the state that routing
/// and permission checks read ([Catalog]). Event loops read it and ask nobody. Today one loop owns
/// all shards and reads the machine's own catalog, which shows a change as soon as it is decided. A
/// loop elsewhere keeps a `Catalog` of its own: it starts from shard 0's snapshot and calls
/// [Catalog#apply] with type and payload of every later change, in order, each once it is durable.
/// From another node those are the log's records; to another loop of the same node the transient
/// changes, which the machine applies as the same bytes, have to be handed over in between. A
/// routing table is not for two threads: routing marks what it has visited.
///
/// **Who calls us, on which thread.** The shard's event loop.
///
/// **What is on disk.** One record per change, and the snapshot is the list of changes that would
/// build the state; both stand in `docs/formats/catalog.md`. Non-durable exchanges, exclusive and
/// non-durable queues and their bindings are in the state but not in the log: they go with their
/// node. An exchange that goes with its last binding gets a record of its own, since that binding
/// may have been transient.
///
/// **Where to start reading.** [CatalogCommand], then [Catalog] and [VirtualHost].
@NullMarked
package dev.parley.core.catalog;

import org.jspecify.annotations.NullMarked;
