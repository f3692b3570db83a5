package dev.parley.it.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.api.EventStream;
import dev.parley.api.From;
import dev.parley.api.Queue;
import dev.parley.api.ReadOptions;
import dev.parley.api.Received;
import dev.parley.api.Recorded;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.Topic;
import dev.parley.it.Program;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A program that embeds a node is killed with `-9` while it sends: what send returned for is
/// there, once per send, in each sender's order.
@Timeout(300)
class EmbeddedCrashIT {
    private static final int ROUNDS = Integer.getInteger("parley.embedded.rounds", 4);
    private static final long SEED = Long.getLong("parley.crash.seed", 5);

    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;

    private Process launch(String... arguments) throws IOException {
        return launch(EmbeddedSender.class, arguments);
    }

    private Process launch(Class<?> program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(Program.jvm("node"));
        command.add("-Xmx128m");
        command.add(program.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("err").toFile()))
                .start();
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    @Test
    void whatSendReturnedForOutlivesAKill() throws Exception {
        System.out.printf("EmbeddedCrashIT: %d rounds, seed %d%n", ROUNDS, SEED);
        Random random = new Random(SEED);
        for (int run = 0; run < ROUNDS; run++) {
            int[] acknowledged = sendAndKill(run, random.nextInt(50, 1500));
            try (Parley parley = Parley.start(Config.embedded(Path.of(data())))) {
                checkAndEmpty(parley, run, acknowledged);
            }
        }
    }

    /// Returns the last number that each sender has heard of.
    private int[] sendAndKill(int run, int sends) throws Exception {
        int[] last = new int[EmbeddedSender.SENDERS];
        Arrays.fill(last, -1);
        Process sender = launch(data(), "" + run);
        try (BufferedReader lines = sender.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).isEqualTo("ready");
            int seen = 0;
            String line;
            while ((line = lines.readLine()) != null) {
                String[] words = line.split(" ");
                // The last line may be cut off.
                if (words.length == 2 && !words[1].isEmpty()) {
                    int who = Integer.parseInt(words[0]);
                    last[who] = Math.max(last[who], Integer.parseInt(words[1]));
                }
                if (++seen == sends) {
                    // Through its handle, which leaves the pipe and what is in it.
                    sender.toHandle().destroyForcibly();
                }
            }
            assertThat(seen).isGreaterThanOrEqualTo(sends);
        } finally {
            sender.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
        }
        return last;
    }

    private static void checkAndEmpty(Parley parley, int run, int[] acknowledged)
            throws InterruptedException {
        Queue<EmbeddedSender.Step> queue =
                parley.queue(EmbeddedSender.QUEUE, EmbeddedSender.Step.class);
        int[] found = new int[EmbeddedSender.SENDERS];
        for (var one = queue.take(Duration.ZERO);
                one.isPresent();
                one = queue.take(Duration.ZERO)) {
            EmbeddedSender.Step step = one.get().payload();
            assertThat(step.run()).as("seed %d", SEED).isEqualTo(run);
            assertThat(step.number()).as("seed %d", SEED).isEqualTo(found[step.sender()]++);
            one.get().ack();
        }
        for (int i = 0; i < found.length; i++) {
            // One more may be on disk than the sender has heard of.
            assertThat(found[i] - 1)
                    .as("sender %d, seed %d", i, SEED)
                    .isBetween(acknowledged[i], acknowledged[i] + 1);
        }
        System.out.printf(
                "EmbeddedCrashIT: run %d, %d heard of, %d found%n",
                run,
                Arrays.stream(acknowledged).map(last -> last + 1).sum(),
                Arrays.stream(found).sum());
    }

    @Test
    void whatPublishReturnedForReachesItsNameThroughKills() throws Exception {
        System.out.printf("EmbeddedCrashIT: topics, %d rounds, seed %d%n", ROUNDS, SEED);
        Random random = new Random(SEED);
        for (int run = 0; run < ROUNDS; run++) {
            int[] sent = new int[EmbeddedPublisher.PUBLISHERS];
            int[] got = new int[EmbeddedPublisher.PUBLISHERS];
            Arrays.fill(sent, -1);
            Arrays.fill(got, -1);
            publishAndKill(EmbeddedPublisher.class, run, random.nextInt(50, 3000), sent, got);
            try (Parley parley = Parley.start(Config.embedded(Path.of(data())))) {
                checkAndEmpty(parley, run, sent, got);
            }
        }
    }

    /// Notes the last number that each publisher has heard of, and that the subscriber has seen.
    private void publishAndKill(Class<?> what, int run, int lines, int[] sent, int[] got)
            throws Exception {
        Process program = launch(what, data(), "" + run);
        try (BufferedReader out = program.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");
            int seen = 0;
            String line;
            while ((line = out.readLine()) != null) {
                String[] words = line.split(" ");
                // The last line may be cut off.
                if (words.length == 3 && !words[2].isEmpty()) {
                    int[] of = words[0].equals("got") ? got : sent;
                    int who = Integer.parseInt(words[1]);
                    of[who] = Math.max(of[who], Integer.parseInt(words[2]));
                }
                if (++seen == lines) {
                    program.toHandle().destroyForcibly();
                }
            }
            assertThat(seen).isGreaterThanOrEqualTo(lines);
        } finally {
            program.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
        }
    }

    /// What waits goes on, for each publisher in order, at the latest behind what was dealt with.
    private static void checkAndEmpty(Parley parley, int run, int[] sent, int[] got)
            throws InterruptedException {
        int[] next = new int[EmbeddedPublisher.PUBLISHERS];
        Arrays.fill(next, -1);
        int again = 0;
        Topic<EmbeddedPublisher.Step> topic =
                parley.topic(EmbeddedPublisher.FILTER, EmbeddedPublisher.Step.class);
        try (var feed = topic.feed(SubscribeOptions.durable(EmbeddedPublisher.NAME))) {
            // Behind everything that was published.
            topic.publish("crash/end", new EmbeddedPublisher.Step(run, -1, -1));
            Received<EmbeddedPublisher.Step> one = feed.next(LONG).orElseThrow();
            while (one.payload().publisher() >= 0) {
                EmbeddedPublisher.Step step = one.payload();
                follow(step, run, got, next);
                if (step.number() <= got[step.publisher()]) {
                    assertThat(one.redelivered()).isTrue();
                    again++;
                }
                one.ack();
                one = feed.next(LONG).orElseThrow();
            }
            one.ack();
        }
        for (int i = 0; i < next.length; i++) {
            // One more may be on disk than the publisher has heard of.
            assertThat(Math.max(next[i] - 1, got[i]))
                    .as("publisher %d, seed %d", i, SEED)
                    .isBetween(sent[i], sent[i] + 1);
        }
        System.out.printf(
                "EmbeddedCrashIT: run %d, %d heard of, %d came again%n",
                run, Arrays.stream(sent).map(last -> last + 1).sum(), again);
    }

    /// The first of a publisher is at the latest the one behind what was dealt with; then they come
    /// one behind the other.
    private static void follow(EmbeddedPublisher.Step step, int run, int[] got, int[] next) {
        assertThat(step.run()).as("seed %d", SEED).isEqualTo(run);
        int who = step.publisher();
        if (next[who] < 0) {
            assertThat(step.number()).as("seed %d", SEED).isLessThanOrEqualTo(got[who] + 1);
        } else {
            assertThat(step.number()).as("seed %d", SEED).isEqualTo(next[who]);
        }
        next[who] = step.number() + 1;
    }

    @Test
    void whatPublishReturnedForStaysInItsStreamThroughKills() throws Exception {
        System.out.printf("EmbeddedCrashIT: streams, %d rounds, seed %d%n", ROUNDS, SEED);
        Random random = new Random(SEED);
        long from = 0;
        for (int run = 0; run < ROUNDS; run++) {
            int[] sent = new int[EmbeddedPublisher.PUBLISHERS];
            int[] got = new int[EmbeddedPublisher.PUBLISHERS];
            Arrays.fill(sent, -1);
            Arrays.fill(got, -1);
            publishAndKill(EmbeddedReader.class, run, random.nextInt(50, 3000), sent, got);
            try (Parley parley = Parley.start(Config.embedded(Path.of(data())))) {
                EventStream<EmbeddedPublisher.Step> stream =
                        parley.stream(EmbeddedReader.STREAM, EmbeddedPublisher.Step.class);
                checkHistory(stream, from, run, sent);
                checkCursor(stream, run, got);
                from = stream.status().next();
            }
        }
    }

    /// Each publisher's messages are there once, in order, without a gap.
    private static void checkHistory(
            EventStream<EmbeddedPublisher.Step> stream, long from, int run, int[] sent)
            throws InterruptedException {
        int[] found = new int[sent.length];
        long offset = from;
        var page = stream.page(From.offset(offset), 1_000);
        while (!page.messages().isEmpty()) {
            for (Recorded<EmbeddedPublisher.Step> one : page.messages()) {
                EmbeddedPublisher.Step step = one.payload();
                assertThat(one.offset()).as("seed %d", SEED).isEqualTo(offset++);
                assertThat(step.run()).as("seed %d", SEED).isEqualTo(run);
                assertThat(step.number()).as("seed %d", SEED).isEqualTo(found[step.publisher()]++);
            }
            page = stream.page(From.offset(page.next()), 1_000);
        }
        for (int i = 0; i < found.length; i++) {
            // One more may be on disk than the publisher has heard of.
            assertThat(found[i] - 1)
                    .as("publisher %d, seed %d", i, SEED)
                    .isBetween(sent[i], sent[i] + 1);
        }
        System.out.printf(
                "EmbeddedCrashIT: run %d, %d heard of, %d found%n",
                run, Arrays.stream(sent).map(last -> last + 1).sum(), Arrays.stream(found).sum());
    }

    /// The cursor goes on, for each publisher at the latest behind what was dealt with.
    private static void checkCursor(EventStream<EmbeddedPublisher.Step> stream, int run, int[] got)
            throws InterruptedException {
        int[] next = new int[got.length];
        Arrays.fill(next, -1);
        stream.publish("crash/end", new EmbeddedPublisher.Step(run, -1, -1));
        try (var feed = stream.feed(ReadOptions.durable(EmbeddedReader.CURSOR))) {
            Recorded<EmbeddedPublisher.Step> one = feed.next(LONG).orElseThrow();
            while (one.payload().publisher() >= 0) {
                follow(one.payload(), run, got, next);
                one.ack();
                one = feed.next(LONG).orElseThrow();
            }
            one.ack();
        }
    }

    @Test
    void aDirectoryIsHeldAgainstOtherProcesses() throws Exception {
        try (Parley _ = Parley.start(Config.embedded(Path.of(data())))) {
            assertThatThrownBy(() -> Parley.start(Config.embedded(Path.of(data()))))
                    .isInstanceOf(IllegalStateException.class);
            // Also after this process has tried to open it twice.
            Process other = launch(data(), "0");
            assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(other.exitValue()).isEqualTo(1);
            assertThat(directory.resolve("err"))
                    .content()
                    .contains("is in use by process " + ProcessHandle.current().pid());
        }
    }
}
