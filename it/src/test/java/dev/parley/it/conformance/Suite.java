package dev.parley.it.conformance;

import java.util.List;

/// A public test suite that can be pointed at a broker.
///
/// @param <P> what it needs of the broker
sealed interface Suite<P extends Peer>
        permits JavaClientSuite,
                AmqplibSuite,
                GoClientSuite,
                RoutingSuite,
                PahoSuite,
                MosquittoSuite {

    /// First part of the names of its tests.
    String name();

    /// Its classes or files, each of which runs against a broker of its own.
    List<String> classes();

    /// Runs one class.
    List<Outcome> run(String type, P peer);

    /// Runs one test of a class again, or the class if there is no smaller piece.
    List<Outcome> again(String type, String test, P peer);
}
