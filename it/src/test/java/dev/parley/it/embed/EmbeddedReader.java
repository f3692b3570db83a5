package dev.parley.it.embed;

import dev.parley.api.EventStream;
import dev.parley.api.ReadOptions;
import dev.parley.it.embed.EmbeddedPublisher.Step;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.nio.file.Path;

/// A program that embeds a node, publishes to a stream and reads it for a cursor until it is
/// killed; it prints what publish has returned for, and what its reader has dealt with.
final class EmbeddedReader {
    static final String STREAM = "crash";
    static final String CURSOR = "reader";

    private EmbeddedReader() {}

    /// @param arguments the data directory and the number of the run
    public static void main(String[] arguments) throws Exception {
        Parley parley = Parley.start(Config.embedded(Path.of(arguments[0])));
        EventStream<Step> stream = parley.stream(STREAM, Step.class);
        int run = Integer.parseInt(arguments[1]);
        stream.read(
                one -> {
                    Step step = one.payload();
                    System.out.println("got " + step.publisher() + " " + step.number());
                },
                ReadOptions.durable(CURSOR).withConcurrency(4));
        System.out.println("ready");
        for (int i = 0; i < EmbeddedPublisher.PUBLISHERS; i++) {
            int publisher = i;
            Thread.ofPlatform()
                    .start(() -> {
                        try {
                            for (int number = 0; ; number++) {
                                stream.publish(
                                        "crash/" + publisher, new Step(run, publisher, number));
                                System.out.println("sent " + publisher + " " + number);
                            }
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
        }
    }
}
