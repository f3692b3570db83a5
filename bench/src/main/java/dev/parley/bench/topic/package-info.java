/// The publish-subscribe benchmark: MQTT brokers and Parley one after the other, in one run, under
/// one load generator.
///
/// `Main` reads the options and lets a `Suite` start each `Product` as a process of its own on
/// loopback and put the work to it: a `TrafficRun` for every `Scenario`, a `RetainedRun`, a
/// `CrowdRun`. The load comes from `Client`s over `Link`s on one `Loop`, which one thread turns;
/// they know nothing of the product's codec. `Mirror` stands in for a broker that costs next to
/// nothing and so shows the load generator's own limit. Broker and load generator share the
/// machine's cores, so the broker's processor time per message says more than the rate. Start
/// reading at `Suite`.
@NullMarked
package dev.parley.bench.topic;

import org.jspecify.annotations.NullMarked;
