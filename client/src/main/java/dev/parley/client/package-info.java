/// Reaches a running node through its admin interface.
///
/// **What we own.** [AdminClient] and the records of what it brings back. The interface itself is
/// described by the node, at `/v1/openapi.json`.
///
/// **Who calls us, on which thread.** Programs, from any thread; every call blocks until it is
/// answered.
@NullMarked
package dev.parley.client;

import org.jspecify.annotations.NullMarked;
