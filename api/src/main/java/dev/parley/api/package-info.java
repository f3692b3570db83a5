/// What a user of any pattern sees: subjects, filters, messages, queues, and the reasons for which
/// Parley refuses.
///
/// Values are immutable and have no dependencies; every other module stands on them. The interfaces
/// say nothing about where the node is: in this process (`dev.parley.node.Parley`) or elsewhere.
///
/// **Where to start reading.** [Queues], then [Queue]; [Topics], then [Topic].
@NullMarked
package dev.parley.api;

import org.jspecify.annotations.NullMarked;
