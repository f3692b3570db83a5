/// HTTP: requests in, responses out; answers that go on, and WebSockets of texts.
///
/// **What we own.** The listener and its bounds, and from which pages browsers may come. What the
/// paths mean is the [HttpService]'s business.
///
/// **Who calls us, on which thread.** Netty, on the event loop; services answer on it.
@NullMarked
package dev.parley.front.http;

import org.jspecify.annotations.NullMarked;
