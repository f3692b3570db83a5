package dev.parley.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/// The suites of others for MQTT: by default Mosquitto's scripts, on Parley alone.
///
/// `./dev conformance mqtt` asks for everything on both brokers, with
/// `-Dparley.conformance.mqtt=all`, or `parley` to leave Mosquitto out; `-Dparley.conformance.only`
/// names a part, `-Dparley.conformance.suite` a checkout of Paho's suites.
class MqttConformanceIT {

    private static final String ASKED = System.getProperty("parley.conformance.mqtt", "");
    private static final String ONLY = System.getProperty("parley.conformance.only", "");
    private static final String CHECKOUT = System.getProperty("parley.conformance.suite", "");

    @Test
    void mosquittosScriptsPass() {
        Assumptions.assumeTrue(ASKED.isEmpty(), "everything was asked for");
        List<Suite<MqttPeer>> suites = List.of(MosquittoSuite.prepare());
        Map<String, Outcome> outcomes =
                new Conformance<>(suites, "").run("Parley", ParleyMqttPeer::start);
        assertThat(outcomes).as("tests that ran").hasSizeGreaterThan(70);
        assertThat(new Report(Exclusions.read(), Map.of("Parley", outcomes)).failures("Parley"))
                .isEmpty();
    }

    @Test
    void parleyPassesWhatItMust() throws IOException {
        Assumptions.assumeFalse(ASKED.isEmpty(), "a part runs instead: see ./dev conformance");
        List<Suite<MqttPeer>> suites = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        prepare("paho", () -> PahoSuite.prepare(CHECKOUT), suites, missing);
        prepare("mosquitto", MosquittoSuite::prepare, suites, missing);
        var run = new Conformance<>(suites, ONLY);
        Map<String, Map<String, Outcome>> brokers = new LinkedHashMap<>();
        if (!ASKED.equals("parley")) {
            MosquittoPeer.require();
            brokers.put("Mosquitto", run.run("Mosquitto", MosquittoPeer::new));
        }
        if (!ASKED.equals("mosquitto")) {
            brokers.put("Parley", run.run("Parley", ParleyMqttPeer::start));
        }
        var report = new Report(run.exclusions(), brokers);
        Path target = Path.of("target").toAbsolutePath();
        String title = "MQTT: the test suites of others, " + LocalDate.now(ZoneOffset.UTC);
        Files.writeString(target.resolve("conformance-mqtt.md"), report.full(title));
        System.out.println(report.full(title));
        brokers.forEach((broker, all) -> assertThat(all).as("tests on " + broker).isNotEmpty());
        assertThat(report.failures("Parley")).isEmpty();
        assertThat(missing).as("suites that could not be had").isEmpty();
    }

    /// A suite that cannot be had does not keep the others from running.
    private static void prepare(
            String name,
            Supplier<Suite<MqttPeer>> prepared,
            List<Suite<MqttPeer>> suites,
            List<String> missing) {
        if (!ONLY.isEmpty()
                && List.of(ONLY.split(",")).stream().noneMatch(one -> one.startsWith(name))) {
            return;
        }
        try {
            suites.add(prepared.get());
        } catch (TestAbortedException e) {
            missing.add(String.valueOf(e.getMessage()));
        }
    }
}
