package dev.parley.it.embed;

import dev.parley.api.SubscribeOptions;
import dev.parley.api.Topic;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.nio.file.Path;

/// A program that embeds a node, publishes and subscribes until it is killed; it prints what
/// publish has returned for, and what its subscriber has dealt with.
final class EmbeddedPublisher {
    static final String NAME = "reader";
    static final String FILTER = "crash/+";
    static final int PUBLISHERS = 8;

    /// One message: who published it, in which run of the program, and how many it had before.
    record Step(int run, int publisher, int number) {}

    private EmbeddedPublisher() {}

    /// @param arguments the data directory and the number of the run
    public static void main(String[] arguments) throws Exception {
        Parley parley = Parley.start(Config.embedded(Path.of(arguments[0])));
        Topic<Step> topic = parley.topic(FILTER, Step.class);
        int run = Integer.parseInt(arguments[1]);
        topic.subscribe(
                one -> {
                    Step step = one.payload();
                    System.out.println("got " + step.publisher() + " " + step.number());
                },
                SubscribeOptions.durable(NAME).withConcurrency(4));
        System.out.println("ready");
        for (int i = 0; i < PUBLISHERS; i++) {
            int publisher = i;
            Thread.ofPlatform()
                    .start(() -> {
                        try {
                            for (int number = 0; ; number++) {
                                topic.publish(
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
