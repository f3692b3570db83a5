package dev.parley.it.embed;

import dev.parley.api.Queue;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.nio.file.Path;

/// A program that embeds a node and sends until it is killed; it prints what send has returned for.
final class EmbeddedSender {
    static final String QUEUE = "crash";
    static final int SENDERS = 8;

    /// One message: who sent it, in which run of the program, and how many it had sent before.
    record Step(int run, int sender, int number) {}

    private EmbeddedSender() {}

    /// @param arguments the data directory and the number of the run
    public static void main(String[] arguments) throws Exception {
        Parley parley = Parley.start(Config.embedded(Path.of(arguments[0])));
        Queue<Step> queue = parley.queue(QUEUE, Step.class);
        int run = Integer.parseInt(arguments[1]);
        System.out.println("ready");
        for (int i = 0; i < SENDERS; i++) {
            int sender = i;
            Thread.ofPlatform()
                    .start(() -> {
                        try {
                            for (int number = 0; ; number++) {
                                queue.send(new Step(run, sender, number));
                                System.out.println(sender + " " + number);
                            }
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
        }
    }
}
