/// The catalog: virtual hosts, users, permissions, exchanges, queues and bindings of a node or
/// cluster.
///
/// **What we own.** A machine of its own on shard 0 ([CatalogMachine]) and the state that routing
/// and permission checks read ([Catalog]). Event loops read it and ask nobody; a loop other than
/// shard 0's keeps its own copy by applying the same records in the same order.
///
/// **Who calls us, on which thread.** The shard's event loop.
///
/// **What is on disk.** One record per change, laid out in `CatalogRecords`; the snapshot is the
/// list of changes that would build the state. Non-durable exchanges, exclusive and non-durable
/// queues and their bindings are in the state but not in the log: they go with their node.
///
/// **Where to start reading.** [CatalogCommand], then [Catalog] and [VirtualHost].
@NullMarked
package dev.parley.core.catalog;

import org.jspecify.annotations.NullMarked;
