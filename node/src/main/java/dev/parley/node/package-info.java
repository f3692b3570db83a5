/// A node: every part put together, its threads, its files, its configuration.
///
/// **What we own.** [Node] is the one assembly class: it builds everything with constructors, ports
/// first, and closes it in reverse. Threads: the event loop (sockets, shards, administration),
/// `parley-log` (two that write and sync), `parley-keeper` (snapshots, spare segments),
/// `parley-reader` (old records), `parley-login` (password hashes), `parley-tls` (handshakes),
/// `parley-errands` (reloads the TLS files, counts for `/metrics`).
///
/// **Who calls us, on which thread.** The command line, or an application that embeds a node.
///
/// **Where to start reading.** [Node], then [dev.parley.front.home.Home].
@NullMarked
package dev.parley.node;

import org.jspecify.annotations.NullMarked;
