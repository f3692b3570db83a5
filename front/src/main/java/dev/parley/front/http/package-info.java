/// HTTP: requests in, responses out, for the admin interface of a node.
///
/// **What we own.** The listener and its bounds. What the paths mean is the [HttpService]'s
/// business.
///
/// **Who calls us, on which thread.** Netty, on the event loop; services answer on it.
@NullMarked
package dev.parley.front.http;

import org.jspecify.annotations.NullMarked;
