package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Clients and frameworks of other languages, unchanged, against the broker.
@ExtendWith(SharedBroker.class)
class ForeignClientsIT {

    @Test
    void pika(Broker broker) {
        List<String> python = python("pika", "python3-pika", "import pika");
        succeeds(broker, Foreign.with(python, 1, Foreign.script("python/pika_client.py")), 120);
    }

    @Test
    void celery(Broker broker) {
        List<String> python = python("celery", "python3-celery", "import celery");
        succeeds(broker, Foreign.with(python, 1, Foreign.script("python/celery_client.py")), 180);
    }

    @Test
    void celeryChords(Broker broker) {
        List<String> python = python("celery", "python3-celery", "import celery");
        succeeds(broker, Foreign.with(python, 1, Foreign.script("python/celery_chord.py")), 180);
    }

    @Test
    void kombu(Broker broker) {
        List<String> python = python("kombu", "python3-kombu", "import kombu");
        succeeds(broker, Foreign.with(python, 1, Foreign.script("python/kombu_client.py")), 120);
    }

    @Test
    void aioPika(Broker broker) {
        List<String> python = python("aio-pika", "python3-aio-pika", "import aio_pika");
        succeeds(broker, Foreign.with(python, 1, Foreign.script("python/aio_pika_client.py")), 120);
    }

    @Test
    void phpAmqplib(Broker broker) {
        List<String> php =
                Foreign.require(
                        "php-amqplib",
                        "the Debian packages php-cli and php-amqplib",
                        List.of(List.of("php", "-r", "require 'PhpAmqpLib/autoload.php';")));
        succeeds(broker, Foreign.with(php, 1, Foreign.script("php/amqplib_client.php")), 120);
    }

    /// Celery changes a consumer's prefetch in another way where the broker is not RabbitMQ; the
    /// rest of it is the same.
    @Test
    void celeryThatKnowsUsByAnotherName() {
        List<String> python = python("celery", "python3-celery", "import celery");
        Path directory = Broker.freshDirectory("product");
        try (var node = TestNode.start(directory, Map.of("PARLEY_AMQP_PRODUCT", "Parley"))) {
            List<String> client =
                    Foreign.with(python, 1, Foreign.script("python/celery_client.py"));
            succeeds(Broker.url(node.amqpPort()), client, 180, "prefetch");
        }
    }

    @Test
    void bunny(Broker broker) {
        List<List<String>> probes = new ArrayList<>();
        for (String ruby : List.of("ruby", "/usr/bin/ruby")) {
            probes.add(List.of(ruby, "-e", "require 'bunny'"));
        }
        List<String> ruby = Foreign.require("bunny", "the Debian package ruby-bunny", probes);
        succeeds(broker, Foreign.with(ruby, 1, Foreign.script("ruby/bunny_client.rb")), 90);
    }

    @Test
    void amqpTools(Broker broker) {
        Foreign.require(
                "amqp-tools",
                "the Debian package amqp-tools",
                List.of(List.of("amqp-publish", "--help")));
        succeeds(broker, List.of("sh", Foreign.script("sh/amqp-tools.sh")), 120);
    }

    @Test
    void perfTest(Broker broker) {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "com.rabbitmq.perf.PerfTest",
                        "--uri",
                        broker.uri().toString(),
                        // A queue for each pair: of a common one a consumer may get less than it
                        // waits for.
                        "--queue-pattern",
                        "it.perf." + System.nanoTime() + ".%d",
                        "--queue-pattern-from=1",
                        "--queue-pattern-to=2",
                        "--producers=2",
                        "--consumers=2",
                        "--confirm=50",
                        "--qos=50",
                        "--flag=persistent",
                        "--auto-delete=true",
                        "--pmessages=500",
                        "--cmessages=500",
                        "--time=20");
        Foreign.Result result = Foreign.run(command, Map.of(), Duration.ofSeconds(90));
        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).contains("sending rate avg", "receiving rate avg");
    }

    private static List<String> python(String name, String debian, String probe) {
        return Foreign.require(
                name,
                "the Debian package " + debian,
                List.of(List.of("python3", "-c", probe), List.of("/usr/bin/python3", "-c", probe)));
    }

    private static void succeeds(Broker broker, List<String> command, int seconds) {
        succeeds(broker.uri(), command, seconds);
    }

    private static void succeeds(URI broker, List<String> command, int seconds) {
        succeeds(broker, command, seconds, "all");
    }

    private static void succeeds(URI broker, List<String> command, int seconds, String part) {
        String name = "it.foreign." + System.nanoTime();
        Map<String, String> environment =
                Map.of(
                        "AMQP_URL",
                        broker.toString(),
                        "NAME",
                        name,
                        "PART",
                        part,
                        "PYTHONDONTWRITEBYTECODE",
                        "1",
                        "LOG",
                        Path.of("target", name + ".log").toAbsolutePath().toString());
        Foreign.Result result = Foreign.run(command, environment, Duration.ofSeconds(seconds));
        System.out.print(result.output());
        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).contains("ok: ").doesNotContain("FAILED");
    }
}
