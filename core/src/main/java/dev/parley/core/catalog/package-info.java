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
/// build the state, each as type (1 byte), length (4 bytes) and payload, ended by a zero byte.
/// Non-durable exchanges, exclusive and non-durable queues and their bindings are in the state but
/// not in the log: they go with their node. An exchange that goes with its last binding gets a
/// record of its own, since that binding may have been transient.
///
/// Texts are a length (4 bytes) and UTF-8, numbers 8 bytes, tables as on AMQP's wire.
///
/// | type | change | payload |
/// | --- | --- | --- |
/// | 1, 2 | host made, gone | name |
/// | 3 | user put | name, password hash, number of tags, tags |
/// | 4 | user gone | name |
/// | 5 | permission | user, host, configure, write, read |
/// | 6 | permission gone | user, host |
/// | 7 | exchange made | host, name, type, flags (1 durable, 2 auto-delete, 4 internal), table |
/// | 8 | exchange gone | host, name |
/// | 9 | queue made | id, host, name, shard, flags (1 durable, 2 auto-delete), owner, table |
/// | 10 | queue gone | id |
/// | 11, 12 | binding made, gone | host, source, destination, 1 if that is a queue, key, table |
/// | 13 | ids reserved | the first id that is not |
/// | 14 | topic permission | user, host, exchange, write, read |
/// | 15 | topic permission gone | user, host, exchange |
/// | 16 | policy put | host, 1 if an operator's, name, pattern, target, priority, table |
/// | 17 | policy gone | host, 1 if an operator's, name |
/// | 18 | limit of a user | user, its name, the most (negative: none) |
/// | 19 | limit of a host | host, its name, the most (negative: none) |
///
/// **Where to start reading.** [CatalogCommand], then [Catalog] and [VirtualHost].
@NullMarked
package dev.parley.core.catalog;

import org.jspecify.annotations.NullMarked;
