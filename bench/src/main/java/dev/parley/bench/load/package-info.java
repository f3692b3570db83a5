/// A load generator for AMQP 0-9-1 that costs little itself: one thread, frames encoded beforehand.
///
/// It shares nothing with the product, so that no mistake hides itself. A `Plan` says who publishes
/// and who consumes; `Load` does it and returns an `Outcome` for each stretch of time; a `Link` is
/// one connection, which callers also use to declare things. Only what a well-behaved broker says
/// is understood; everything else ends the load with an exception. Start reading at `Load`.
@NullMarked
package dev.parley.bench.load;

import org.jspecify.annotations.NullMarked;
