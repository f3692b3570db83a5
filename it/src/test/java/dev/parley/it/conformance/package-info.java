/// Test suites that others wrote for RabbitMQ, run against Parley and against RabbitMQ, and a model
/// of routing that both are held against.
///
/// A [Suite] knows how to run one of its classes against a [Peer], a broker of either kind with
/// nothing in it; [Conformance] runs everything on both and [Report] says what each did. The suites
/// are fetched at run time and stay as they are. Start reading at `Conformance`.
@NullMarked
package dev.parley.it.conformance;

import org.jspecify.annotations.NullMarked;
