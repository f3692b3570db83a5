package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The command line against a running node: what it prints, and with which code it ends. As a
/// process where that is what matters, else in the test's own.
class CliTest {
    private static final TestNode NODE = TestNode.start(Broker.freshDirectory("cli"));

    private final Cli cli = Cli.of(NODE);

    @AfterAll
    static void stop() {
        NODE.close();
    }

    private Cli.Result done(String... arguments) throws Exception {
        Cli.Result result = cli.run(arguments);
        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
        return result;
    }

    private static void failed(Cli.Result result, String... words) {
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.err()).startsWith("parley: ").contains(words);
    }

    private static void misused(Cli.Result result, String... words) {
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("parley: ").contains(words).contains("--help");
    }

    private JsonNode queue(String name) throws Exception {
        for (JsonNode one : done("queue", "list", "--json").json()) {
            if (one.path("name").asString().equals(name)) {
                return one;
            }
        }
        throw new AssertionError("no queue " + name);
    }

    @Test
    void aQueueLives() throws Exception {
        JsonNode declared =
                done("queue", "declare", "life", "--ttl", "1h", "--max-length", "5", "--json")
                        .json();
        assertThat(declared.path("created").asBoolean()).isTrue();
        assertThat(done("queue", "declare", "life", "--ttl", "1h", "--max-length", "5").out())
                .contains("life exists");
        failed(cli.run("queue", "declare", "life", "--ttl", "2h"), "inequivalent", "life");

        assertThat(done("queue", "publish", "life", "one").out()).contains("3 bytes");
        Cli.Result piped = cli.run(Cli.utf8("two\nlines"), "queue", "publish", "life", "--json");
        assertThat(piped.json().path("bytes").asInt()).isEqualTo(9);
        assertThat(done("queue", "peek", "life").out()).isEqualTo("one\ntwo\nlines\n");
        JsonNode life = queue("life");
        assertThat(life.path("ready").asInt()).isEqualTo(2);
        assertThat(life.path("arguments").path("x-message-ttl").asLong()).isEqualTo(3_600_000);
        assertThat(done("queue", "list").out()).contains("QUEUE", "life");

        assertThat(done("queue", "consume", "life", "--count", "1").out()).isEqualTo("one\n");
        JsonNode second = done("queue", "consume", "life", "--json").json();
        assertThat(second.path("body").asString()).isEqualTo("two\nlines");
        assertThat(queue("life").path("acknowledged").asInt()).isEqualTo(2);

        done("queue", "publish", "life", "three");
        assertThat(done("queue", "purge", "life").out()).contains("1 messages");
        assertThat(
                        done("queue", "delete", "life", "--if-empty", "--json")
                                .json()
                                .path("queue")
                                .asString())
                .isEqualTo("life");
        failed(cli.run("queue", "delete", "life"), "no queue 'life'");
    }

    @Test
    void anOperatorActs() throws Exception {
        done("queue", "declare", "desk");
        done("queue", "declare", "aside");
        for (String body : new String[] {"one", "two", "three"}) {
            done("queue", "publish", "desk", body, "--header", "kind=" + body.length());
        }
        JsonNode found = done("queue", "inspect", "desk", "--header", "kind=3", "--json").json();
        assertThat(found).hasSize(2);
        assertThat(done("queue", "inspect", "desk").out()).contains("a consumer: the queue", "two");
        String entry = found.get(0).path("entry").asString();
        assertThat(done("queue", "remove", "desk", entry).out()).contains("removed 1");
        failed(cli.run("queue", "remove", "desk", entry), "no such message");
        assertThat(done("queue", "move", "desk", "--to", "aside", "--body", "thr").out())
                .contains("moved 1");
        assertThat(done("queue", "consume", "aside", "--wait", "30s", "--count", "1").out())
                .isEqualTo("three\n");
        String two =
                done("queue", "inspect", "desk", "--json").json().get(0).path("entry").asString();
        misused(cli.run("queue", "edit", "desk", two), "BODY", "--header");
        failed(cli.run("queue", "edit", "desk", "fff", "x"), "no such message");
        done("queue", "edit", "desk", two, "--header", "kind=4", "--remove-header", "none");
        JsonNode edited = done("queue", "inspect", "desk", "--header", "kind=4", "--json").json();
        assertThat(edited.get(0).path("body").asString()).isEqualTo("two");
        two = edited.get(0).path("entry").asString();
        done("queue", "edit", "desk", two, "zwei", "--remove-header", "kind", "--priority", "2");
        edited = done("queue", "inspect", "desk", "--json").json().get(0);
        assertThat(edited.path("body").asString()).isEqualTo("zwei");
        assertThat(edited.path("properties").has("headers")).isFalse();
        assertThat(edited.path("properties").path("priority").asInt()).isEqualTo(2);
        two = edited.path("entry").asString();
        failed(cli.run("queue", "redrive", "desk"), "sent 0 back", "1 stay", "died in no queue");
        failed(cli.run("queue", "move", "desk", "--to", "nosuch"), "no queue 'nosuch'");
        failed(cli.run("queue", "move", "desk", two, "--to", "nosuch"), "no queue 'nosuch'");
        failed(cli.run("queue", "move", "desk", "fff", "--to", "aside"), "no such message");
        assertThat(done("queue", "move", "desk", "--to", "aside", "--body", "zzz").out())
                .contains("moved 0");
        // Each once, though all that is moved comes in again at the end.
        assertThat(done("queue", "move", "desk", "--to", "desk").out()).contains("moved 1");
        done("queue", "pause", "desk");
        assertThat(done("queue", "list").out()).contains("paused");
        done("queue", "resume", "desk");
        assertThat(done("queue", "consume", "desk").out()).isEqualTo("zwei\n");
    }

    @Test
    void namesAndBodiesMayHoldAnything() throws Exception {
        String name = "a/b c?d=é+%";
        done("queue", "declare", name, "--argument", "x-note=ten", "--argument", "x-max-length=3");
        byte[] binary = {0, (byte) 0xFF, 10, (byte) 0x80};
        assertThat(cli.run(binary, "queue", "publish", name).code()).isZero();
        done("queue", "publish", name, "ü", "--header", "n=5", "--priority", "3");
        assertThat(queue(name).path("arguments").path("x-max-length").asInt()).isEqualTo(3);

        String[] lines = done("queue", "consume", name, "--json").out().split("\n");
        assertThat(lines[0]).contains("\"bodyBase64\":\"AP8KgA==\"");
        assertThat(lines[1]).contains("\"body\":\"ü\"", "\"n\":5", "\"priority\":3");
        done("queue", "delete", name);
    }

    @Test
    void consumeWaitsForWhatComes() throws Exception {
        done("queue", "declare", "later");
        Cli.Running waiting =
                cli.start("queue", "consume", "later", "--wait", "1m", "--count", "1");
        Awaitility.await("a consumer")
                .atMost(Duration.ofSeconds(30))
                .until(() -> queue("later").path("consumers").asInt() == 1);
        done("queue", "publish", "later", "at last");
        Cli.Result result = waiting.end();
        assertThat(result.out()).isEqualTo("at last\n");
        assertThat(result.code()).isZero();
        assertThat(done("queue", "consume", "later", "--wait", "10ms").out()).isEmpty();
        done("queue", "delete", "later");
    }

    /// A consumer that is killed while it waits leaves nothing behind.
    @Test
    void aKilledConsumerIsGone() throws Exception {
        done("queue", "declare", "left");
        Cli.Running waiting = cli.start("queue", "consume", "left", "--wait", "5m");
        Awaitility.await("a consumer")
                .atMost(Duration.ofSeconds(30))
                .until(() -> queue("left").path("consumers").asInt() == 1);
        waiting.process().destroyForcibly();
        Awaitility.await("no consumer")
                .atMost(Duration.ofSeconds(30))
                .until(() -> queue("left").path("consumers").asInt() == 0);
        done("queue", "delete", "left", "--if-unused");
    }

    @Test
    void whatFailsSaysWhyInOneLine() throws Exception {
        failed(cli.run("queue", "publish", "nowhere", "x"), "no queue 'nowhere' in vhost '/'");
        failed(cli.run("queue", "consume", "nowhere"), "no queue 'nowhere'");
        failed(cli.run("queue", "peek", "nowhere"), "no queue");
        failed(cli.run("queue", "purge", "nowhere"), "no queue");
        failed(cli.run("queue", "list", "--vhost", "none"), "no vhost 'none'");
        failed(cli.run("status", "--password", "wrong"), "wrong user or password");
        failed(cli.run("status", "--node", "127.0.0.1:1"), "no node at 127.0.0.1:1");
        failed(cli.run("queue", "declare", "amq.mine"), "reserved prefix");
        failed(cli.run("queue", "declare", "odd", "--overflow", "never"), "x-overflow");
        failed(cli.run("user", "remove", "guest"), "last administrator");
        failed(cli.run("vhost", "remove", "/"), "vhost");
    }

    /// What a shell sees: the two streams, the code, input through a pipe, the variables.
    @Test
    void aProcessEndsAsItsCommandDoes() throws Exception {
        assertThat(cli.launch("queue", "declare", "shell").code()).isZero();
        Cli.Result piped = cli.launch(Cli.utf8("ü\n"), "queue", "publish", "shell", "--json");
        assertThat(piped.json().path("bytes").asInt()).isEqualTo(3);
        Cli.Result taken = cli.launch("queue", "consume", "shell");
        assertThat(taken.code()).isZero();
        assertThat(taken.out()).isEqualTo("ü\n\n");
        assertThat(taken.err()).isEmpty();
        failed(cli.launch("queue", "peek", "nowhere"), "no queue 'nowhere' in vhost '/'");
        failed(cli.with("PARLEY_PASSWORD", "wrong").launch("status"), "wrong user or password");
        misused(cli.launch(), "'parley' wants one of", "queue");
        misused(cli.launch("frobnicate"), "frobnicate");
        Cli.Result help = cli.launch("queue", "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("declare", "consume");
        assertThat(help.err()).isEmpty();
        done("queue", "delete", "shell");
    }

    @Test
    void wrongUsageEndsWithTwo() throws Exception {
        misused(cli.run(), "'parley' wants one of", "queue");
        misused(cli.run("queue"), "list, declare");
        misused(cli.run("frobnicate"), "frobnicate");
        misused(cli.run("queue", "declare"), "QUEUE");
        misused(cli.run("queue", "list", "--no-such-flag"), "--no-such-flag");
        misused(cli.run("queue", "declare", "q", "--ttl", "soon"), "'soon' is no time");
        misused(cli.run("queue", "consume", "q", "--count", "0"), "--count");
        misused(cli.run("status", "--node", "nonsense"), "HOST:PORT");
        misused(cli.run("start", "--amqp-port", "70000"), "--amqp-port", "-1 to 65535");
    }

    @Test
    void everyCommandHelps() throws Exception {
        assertThat(done("--help").out()).contains("start", "tour", "queue", "user", "status");
        assertThat(done("queue", "declare", "--help").out())
                .contains("--ttl", "--expires", "--max-length", "--dead-letter-exchange");
        assertThat(done("queue", "peek", "--help").out()).contains("inspect");
        assertThat(done("start", "--help").out()).contains("--amqp-port", "--log-reserve");
    }

    @Test
    void usersComeAndGo() throws Exception {
        assertThat(
                        cli.run(Cli.utf8("first\n"), "user", "add", "ann", "--tag", "administrator")
                                .code())
                .isZero();
        Cli asAnn = cli.with("PARLEY_USER", "ann").with("PARLEY_PASSWORD", "first");
        assertThat(asAnn.run("status", "--json").json().path("shards").asInt()).isEqualTo(16);
        assertThat(asAnn.run(Cli.utf8("first\n"), "status", "--password", "-").code()).isZero();

        assertThat(cli.run(Cli.utf8("second\n"), "user", "password", "ann").code()).isZero();
        failed(asAnn.run("status"), "wrong user or password");
        Cli again = cli.with("PARLEY_USER", "ann").with("PARLEY_PASSWORD", "second");
        assertThat(again.run("status").code()).isZero();

        done("user", "tags", "ann", "monitoring");
        failed(again.run("status"), "no administrator");
        done("user", "permit", "ann", "--configure", "", "--read", "^a");
        done("vhost", "add", "shop/1");
        done("user", "permit", "ann", "--vhost", "shop/1");
        JsonNode ann = done("user", "list", "--json").json().path(1);
        assertThat(ann.path("permissions").path("/").path("read").asString()).isEqualTo("^a");
        assertThat(ann.path("permissions").path("shop/1").path("write").asString()).isEqualTo(".*");
        assertThat(ann.path("tags").toString()).isEqualTo("[\"monitoring\"]");
        failed(cli.run("user", "permit", "ann", "--read", "("), "not a regular expression");
        failed(cli.run("user", "permit", "nobody"), "no user 'nobody'");

        done("user", "forbid", "ann", "--vhost", "shop/1");
        assertThat(done("user", "list").out()).contains("USER", "ann").doesNotContain("shop/1");
        assertThat(done("vhost", "list").out()).contains("shop/1");
        done("vhost", "remove", "shop/1");
        done("user", "remove", "ann");
        failed(cli.run("user", "remove", "ann"), "no user 'ann'");
    }

    @Test
    void statusAndVersionSayWhatRuns() throws Exception {
        assertThat(done("status").out()).contains("16 of 16", "has room");
        assertThat(done("version").out()).startsWith("parley 0.");
        assertThat(done("version", "--json").json().path("java").asString()).startsWith("25");
    }

    @Test
    void anEndedReaderLosesNothing() throws Exception {
        done("queue", "declare", "pipe");
        done("queue", "publish", "pipe", "kept");
        if (!Files.exists(Path.of("/dev/full"))) {
            System.out.println("CliTest: no /dev/full here, so a failing output is not tried");
            return;
        }
        Cli.Result result = cli.launchInto(Path.of("/dev/full"), "queue", "consume", "pipe");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("cannot write to standard output");
        assertThat(done("queue", "consume", "pipe").out()).isEqualTo("kept\n");
        done("queue", "delete", "pipe");
    }
}
