/// Publish-subscribe for programs and browsers over HTTP: events, feeds, and tokens for them.
///
/// **What we own.** The readers that are connected, what waits for each and what it has missed; the
/// JSON protocol of `/v1/feed`; tokens. No sockets: a reader writes to a
/// [dev.parley.front.http.Line].
///
/// **Who calls us, on which thread.** `node.admin` opens readers; topics bring them messages; all
/// on the event loop. [FeedMetrics] is read by others too.
///
/// **Where to start.** [Feed], then [Outbox].
@NullMarked
package dev.parley.node.feed;

import org.jspecify.annotations.NullMarked;
