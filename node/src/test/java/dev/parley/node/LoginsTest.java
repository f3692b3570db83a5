package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.User;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Who is let in, with every hash and every pause run by the test.
class LoginsTest {
    private final ArrayDeque<Runnable> hashes = new ArrayDeque<>();
    private final List<Long> pauses = new ArrayList<>();
    private final ArrayDeque<Runnable> paused = new ArrayDeque<>();
    private final List<String> answers = new ArrayList<>();
    private final Passwords passwords = new Passwords();
    private final Logins logins =
            new Logins(
                    passwords,
                    new Audit(),
                    new LoginThrottle(() -> 1_000),
                    hashes::add,
                    1,
                    Runnable::run,
                    (millis, task) -> {
                        pauses.add(millis);
                        paused.add(task);
                    },
                    (user, hash) -> {
                        throw new AssertionError("nobody has come in");
                    });

    private void attempt(String user) {
        InetSocketAddress peer = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        logins.check(peer, user, "wrong", () -> null, found -> answers.add(word(found)));
    }

    private static String word(@Nullable User found) {
        return found == null ? "refused" : found.name();
    }

    @Test
    void oneHashRunsAtATimeAndTheOthersAreWeighedAgain() {
        for (int i = 0; i < 100; i++) {
            attempt("ann");
        }
        assertThat(hashes).hasSize(1);
        assertThat(answers).isEmpty();
        while (!hashes.isEmpty()) {
            hashes.remove().run();
        }
        assertThat(pauses).as("slots after the free failures").isNotEmpty();
        assertThat(answers.size() + pauses.size()).isEqualTo(100);
        assertThat(answers).as("most are refused without a hash").hasSizeGreaterThan(50);
        assertThat(logins.delayed()).isEqualTo(pauses.size());
        int waited = paused.size();
        int before = answers.size();
        paused.forEach(Runnable::run);
        while (!hashes.isEmpty()) {
            hashes.remove().run();
        }
        assertThat(answers).hasSize(before + waited).containsOnly("refused");
        assertThat(logins.refused()).isEqualTo(100);
    }

    @Test
    void aPasswordThatWasJustGivenIsRecognised() {
        String hash = logins.hash("secret");
        assertThat(passwords.remembers("secret", hash)).isTrue();
        assertThat(passwords.remembers("Secret", hash)).isFalse();
        assertThat(passwords.matches("secret", hash)).isTrue();
        assertThat(passwords.remembers("secret", passwords.decoy())).isFalse();
    }

    @Test
    void whoComesWithoutANameIsExpected() {
        String before = new Passwords().hash("guest");
        logins.prepare("guest", before);
        assertThat(passwords.remembers("guest", before)).as("nobody waited").isFalse();
        hashes.remove().run();
        assertThat(passwords.remembers("guest", before)).isTrue();
        logins.prepare("guest", "no hash of ours");
        hashes.remove().run();
        assertThat(passwords.remembers("guest", "no hash of ours")).isFalse();
    }

    @Test
    void guestComesFromThisMachineOnly() throws java.net.UnknownHostException {
        InetAddress elsewhere = InetAddress.getByName("192.0.2.1");
        logins.check(
                new InetSocketAddress(elsewhere, 1),
                "guest",
                "guest",
                () -> null,
                found -> answers.add(word(found)));
        assertThat(answers).containsExactly("refused");
        assertThat(hashes).isEmpty();
    }
}
