package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/// How long attempts to log in wait, by a clock that the test moves.
class LoginThrottleTest {
    private long now = 1_000;
    private final LoginThrottle throttle = new LoginThrottle(() -> now);

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private void fail(String from, String user, int times) {
        for (int i = 0; i < times; i++) {
            throttle.onWrong(address(from), user);
        }
    }

    private long admit(String from, String user) {
        return throttle.admit(address(from), user);
    }

    @Test
    void aFewFailuresCostNothing() {
        fail("192.0.2.1", "ann", LoginThrottle.FREE - 1);
        assertThat(admit("192.0.2.1", "ann")).isZero();
        fail("192.0.2.1", "ann", 1);
        assertThat(admit("192.0.2.1", "ann")).isEqualTo(LoginThrottle.PAUSE_MILLIS_MIN);
    }

    @Test
    void pausesGrowToTheirBound() {
        fail("192.0.2.1", "ann", LoginThrottle.FREE);
        long before = 0;
        for (int i = 0; i < 10; i++) {
            now += LoginThrottle.WAIT_MILLIS_MAX;
            fail("192.0.2.1", "ann", 1);
            long wait = admit("192.0.2.1", "ann");
            assertThat(wait).isBetween(before, LoginThrottle.PAUSE_MILLIS_MAX);
            before = wait;
        }
        assertThat(before).isEqualTo(LoginThrottle.PAUSE_MILLIS_MAX);
    }

    @Test
    void manyAtOnceGetSlotsOneAfterTheOtherAndThenNone() {
        fail("192.0.2.1", "ann", LoginThrottle.FREE + 4);
        assertThat(admit("192.0.2.1", "ann")).isEqualTo(4_000);
        assertThat(admit("192.0.2.1", "ann")).isEqualTo(8_000);
        assertThat(admit("192.0.2.1", "ann")).isEqualTo(LoginThrottle.REFUSED);
        now += 4_000;
        assertThat(admit("192.0.2.1", "ann")).isEqualTo(8_000);
    }

    @Test
    void anAddressIsSlowedForAllUsersAndAUserFromAllAddresses() {
        fail("192.0.2.1", "ann", LoginThrottle.FREE);
        assertThat(admit("192.0.2.1", "ben")).isPositive();
        assertThat(admit("192.0.2.2", "ann")).isPositive();
        assertThat(admit("192.0.2.2", "ben")).isZero();
    }

    @Test
    void ofIpv6TheNetworkCounts() {
        fail("2001:db8::1", "ann", LoginThrottle.FREE);
        assertThat(admit("2001:db8::2", "ben")).isPositive();
        assertThat(admit("2001:db8:0:1::1", "ben")).isZero();
    }

    @Test
    void whoHasComeInGoesOnDoingSoWhateverOthersTry() {
        throttle.onRight(address("192.0.2.1"), "ann");
        fail("192.0.2.9", "ann", 100);
        fail("192.0.2.1", "ben", 100);
        assertThat(admit("192.0.2.1", "ann")).isZero();
        fail("192.0.2.1", "ann", LoginThrottle.FREE);
        assertThat(admit("192.0.2.1", "ann")).isNotZero();
    }

    @Test
    void failuresAreForgotten() {
        fail("192.0.2.1", "ann", 100);
        now += LoginThrottle.FORGET_MILLIS + 1;
        assertThat(admit("192.0.2.1", "ann")).isZero();
    }

    @Test
    void theTablesAreBounded() {
        fail("192.0.2.1", "ann", LoginThrottle.FREE);
        for (int i = 0; i < LoginThrottle.KEYS_MAX; i++) {
            fail("192.0.2.2", "user" + i, 1);
        }
        assertThat(admit("192.0.2.3", "ann")).as("forgotten for others").isZero();
        assertThat(admit("192.0.2.2", "x")).isEqualTo(LoginThrottle.PAUSE_MILLIS_MAX);
    }
}
