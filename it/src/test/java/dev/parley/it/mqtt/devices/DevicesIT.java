package dev.parley.it.mqtt.devices;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Devices with durable sessions publish and receive with quality of service 1 while the node is
/// killed: nothing acknowledged is lost, nothing comes out of order, nothing comes twice without a
/// word.
///
/// `-Dparley.devices=10000 -Dparley.devices.kills=10` asks for more than the usual run,
/// `-Dparley.devices.seed=…` for another plan.
@Timeout(600)
class DevicesIT {
    private static final int DEVICES = Integer.getInteger("parley.devices", 1_000);
    private static final int KILLS = Integer.getInteger("parley.devices.kills", 3);
    private static final int MESSAGES = Integer.getInteger("parley.devices.messages", 30);
    private static final long SEED = Long.getLong("parley.devices.seed", 5);
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    @Test
    void killsLoseNothingAcknowledged() throws Exception {
        System.out.printf(
                "DevicesIT: %d devices, %d messages each, %d kills, seed %d%n",
                DEVICES, MESSAGES, KILLS, SEED);
        Random random = new Random(SEED);
        Crossings crossings = new Crossings(DEVICES, MESSAGES);
        try (TestNode node = TestNode.start(Broker.freshDirectory("devices"));
                Fleet fleet =
                        new Fleet(
                                node.mqttPort(),
                                DEVICES,
                                1 + random.nextInt(DEVICES - 1),
                                MESSAGES,
                                crossings)) {
            fleet.connect();
            await("all have subscribed", fleet, () -> fleet.subscriptions() == DEVICES);
            fleet.send();
            int all = DEVICES * MESSAGES;
            for (int kill = 1; kill <= KILLS; kill++) {
                int part = all / (KILLS + 1);
                int after = part * kill - random.nextInt(part / 2);
                await("message " + after, fleet, () -> crossings.arrived() >= after);
                node.kill();
                node.restart();
            }
            await(
                    "all have come and are acknowledged",
                    fleet,
                    () -> crossings.arrived() == all && crossings.acknowledged() == all);
            assertThat(fleet.faults()).isEmpty();
            System.out.printf(
                    "DevicesIT: %d messages came, %d of them again, which was said%n",
                    all, crossings.again());
        }
    }

    /// Ends early when something has happened that must not.
    private static void await(String what, Fleet fleet, Callable<Boolean> condition)
            throws Exception {
        try {
            Awaitility.await(what)
                    .atMost(DEADLINE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> condition.call() || !fleet.faults().isEmpty());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + fleet.standing(), e);
        }
        assertThat(fleet.faults()).isEmpty();
    }
}
