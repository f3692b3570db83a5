package dev.parley.cli;

import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows the product at work.
@Command(
        name = "tour",
        description =
                "Starts a throw-away node and shows it at work: queues with a producer and two"
                        + " workers, one killed; topics whose messages wait in a session and a"
                        + " queue; the node killed with -9, and nothing lost.",
        mixinStandardHelpOptions = true)
final class TourCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print the count at the end only, as JSON.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Consumer<String> say = json ? _ -> {} : System.out::println;
        say.accept("Message queues, with a throw-away node and RabbitMQ's own client:");
        say.accept("");
        Tally.Count count;
        TourTopics.Count topics;
        try (TourNode node = new TourNode()) {
            Tour tour = new Tour(say, node);
            count = tour.run();
            say.accept("");
            say.accept("Topics, with the same node and clients of MQTT 5 and AMQP:");
            say.accept("");
            topics = new TourTopics(say, tour, node).run();
        }
        new Output(json).say(summary(count), count);
        if (!topics.whole()) {
            System.err.println(
                    "parley: the tour failed: of %d messages %d came to the session, %d to the queue"
                            .formatted(topics.published(), topics.inSession(), topics.inQueue()));
            return 1;
        }
        if (count.lost() > 0 || count.confirmed() < Tour.MESSAGES) {
            System.err.println(
                    "parley: the tour failed: %d of %d confirmed, %d lost"
                            .formatted(count.confirmed(), Tour.MESSAGES, count.lost()));
            return 1;
        }
        say.accept("");
        say.accept(
                "Your turn: ./parley start, then ./parley queue --help and ./parley topic --help");
        return 0;
    }

    private static String summary(Tally.Count count) {
        String counts =
                """
                published    %,7d   (%,d again: their confirm died with the node)
                confirmed    %,7d
                processed    %,7d   (%,d twice: their acknowledgement was lost)
                redelivered  %,7d
                lost         %,7d
                """
                        .formatted(
                                count.published(),
                                count.publishedAgain(),
                                count.confirmed(),
                                count.processed(),
                                count.processedAgain(),
                                count.redelivered(),
                                count.lost());
        return "\n" + counts.indent(2).stripTrailing();
    }
}
