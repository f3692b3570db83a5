/// The admin interface: `/healthz`, `/readyz`, `/metrics`, and `/v1/…` in JSON.
///
/// **What we own.** What the paths mean; `openapi.json` beside these classes describes them, and a
/// test compares it with the routes. Deliveries that were taken over HTTP are held here, for a
/// while.
///
/// **Who calls us, on which thread.** `front.http`, on the event loop; everything here runs on it.
///
/// **Where to start.** [Admin], then a `…Resource`.
@NullMarked
package dev.parley.node.admin;

import org.jspecify.annotations.NullMarked;
