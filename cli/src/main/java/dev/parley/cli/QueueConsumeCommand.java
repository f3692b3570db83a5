package dev.parley.cli;

import dev.parley.client.AdminClient;
import dev.parley.client.AdminClient.Outcome;
import dev.parley.client.Received;
import dev.parley.client.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Takes messages off a queue.
@Command(
        name = "consume",
        description =
                "Takes messages off a queue, prints each and acknowledges it when it is"
                        + " printed. Ends when there are none.",
        mixinStandardHelpOptions = true)
final class QueueConsumeCommand implements Callable<Integer> {
    /// Few, so that a command that is killed leaves few to be delivered again.
    private static final int BATCH = 20;

    @Mixin private NodeOptions node = new NodeOptions();
    @Mixin private QueueCommand.Named named = new QueueCommand.Named();

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "End after so many. Default: when there are none.")
    private long count = Long.MAX_VALUE;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            converter = Times.class,
            description =
                    "Wait for each next message this long: 1500ms, 30s, 5m, 2h, 365d."
                            + " Default: do not wait.")
    private Duration wait = Duration.ZERO;

    @Override
    public Integer call() throws Exception {
        if (count < 1) {
            throw node.wrong("--count is " + count + ", not 1 or more");
        }
        return node.run(this::consume);
    }

    private void consume(AdminClient client, Output out) throws IOException, RefusedException {
        long left = count;
        while (left > 0) {
            List<Received> taken = next(client, (int) Math.min(left, BATCH));
            if (taken.isEmpty()) {
                return;
            }
            print(client, out, taken);
            left -= taken.size();
        }
    }

    private static void print(AdminClient client, Output out, List<Received> taken)
            throws IOException, RefusedException {
        int printed = 0;
        try {
            for (; printed < taken.size(); printed++) {
                Received one = taken.get(printed);
                out.message(one.content(), one);
                client.settle(one, Outcome.ACKNOWLEDGED);
            }
        } catch (IOException e) {
            // Nobody reads on: what was not printed goes back at once.
            for (Received one : taken.subList(printed, taken.size())) {
                client.settle(one, Outcome.RETURNED);
            }
            throw e;
        }
    }

    /// One request waits for a while only, so several may be needed.
    private List<Received> next(AdminClient client, int most) throws RefusedException {
        long began = System.nanoTime();
        while (true) {
            Duration rest = wait.minus(Duration.ofNanos(System.nanoTime() - began));
            Duration now = rest.compareTo(AdminClient.WAIT_MAX) > 0 ? AdminClient.WAIT_MAX : rest;
            List<Received> taken =
                    client.take(
                            named.vhost, named.queue, most, now.isNegative() ? Duration.ZERO : now);
            if (!taken.isEmpty() || now.equals(rest)) {
                return taken;
            }
        }
    }
}
