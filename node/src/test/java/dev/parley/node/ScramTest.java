package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.node.Passwords.Verifier;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What is kept of passwords, and how a client shows by SCRAM that it knows one.
class ScramTest {
    private static final String FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private static final String CHALLENGE =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private static final String LAST =
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");

    private final Passwords passwords = new Passwords();

    private @Nullable String hash;

    @SuppressWarnings("NullAway") // JUnit makes one for every test
    ScramTest() throws GeneralSecurityException {
        hash = old("pencil");
    }

    /// As earlier versions kept a password.
    private static String old(String password) throws GeneralSecurityException {
        byte[] salted =
                SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                        .generateSecret(
                                new PBEKeySpec((password + "\0").toCharArray(), SALT, 4096, 256))
                        .getEncoded();
        return "pbkdf2-sha256$4096$%s$%s"
                .formatted(
                        Base64.getEncoder().encodeToString(SALT),
                        Base64.getEncoder().encodeToString(salted));
    }

    private Scram scram() {
        return new Scram(
                passwords,
                name -> name.equals("user") ? hash : null,
                "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theExchangeIsThatOfRfc7677() throws Exception {
        Scram scram = scram();
        assertThat(scram.challenge(bytes(FIRST))).asString().isEqualTo(CHALLENGE);
        assertThat(scram.prove(bytes(LAST)))
                .asString()
                .isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    @Test
    void aPasswordKeptTheOldWayIsKeptAsAVerifierFromThenOn() throws Exception {
        Scram scram = scram();
        scram.challenge(bytes(FIRST));
        scram.prove(bytes(LAST));
        hash = scram.better();
        assertThat(hash).startsWith("scram-sha-256$4096$").doesNotContain(old("pencil"));
        Scram again = scram();
        again.challenge(bytes(FIRST));
        again.prove(bytes(LAST));
        assertThat(again.better()).isEmpty();
        assertThat(passwords.matches("pencil", String.valueOf(hash))).isTrue();
        assertThat(passwords.matches("pencil.", String.valueOf(hash))).isFalse();
    }

    @Test
    void aPasswordThatChangesMeanwhileIsNoLongerRight() throws Exception {
        Scram scram = scram();
        scram.challenge(bytes(FIRST));
        hash = passwords.hash("other");
        assertThatThrownBy(() -> scram.prove(bytes(LAST))).isInstanceOf(Scram.Fault.class);
    }

    @Test
    void whoIsNotThereIsChallengedAlikeEachTimeAndFails() throws Exception {
        String first = FIRST.replace("n=user", "n=nobody");
        Scram scram = scram();
        String challenge = new String(scram.challenge(bytes(first)), StandardCharsets.UTF_8);
        assertThat(scram().challenge(bytes(first))).asString().isEqualTo(challenge);
        assertThat(challenge).endsWith(",i=210000");
        assertThatThrownBy(() -> scram.prove(bytes(LAST))).isInstanceOf(Scram.Fault.class);
        hash = "rabbit-sha256$AAAAAAAA";
        Scram foreign = scram();
        foreign.challenge(bytes(FIRST));
        assertThatThrownBy(() -> foreign.prove(bytes(LAST))).isInstanceOf(Scram.Fault.class);
    }

    @Test
    void namesMayHoldCommasAndEqualsSigns() throws Exception {
        Scram scram = scram();
        scram.challenge(bytes("y,,n=a=2Cb=3Dc,r=0123456789"));
        assertThat(scram.name()).isEqualTo("a,b=c");
        for (String wrong :
                new String[] {
                    "",
                    "n,,",
                    "n,,n=a",
                    "n,,n=a=2c,r=0123456789",
                    "n,,n=a,r=short",
                    "n,a=b,n=a,r=0123456789"
                }) {
            assertThatThrownBy(() -> scram().challenge(bytes(wrong)))
                    .as(wrong)
                    .isInstanceOf(Scram.Fault.class);
        }
    }

    @Test
    void passwordsOfAnyLengthAreRecognisedInBothForms() throws Exception {
        for (int length : new int[] {0, 1, 62, 63, 64, 65, 200}) {
            String password = "x".repeat(length);
            String kept = old(password);
            assertThat(passwords.matches(password, kept)).as("old, %d", length).isTrue();
            assertThat(passwords.matches(password + "y", kept)).isFalse();
            assertThat(Passwords.isOutdated(kept)).isTrue();
        }
        String kept = passwords.hash("");
        assertThat(Passwords.isOutdated(kept)).isFalse();
        assertThat(passwords.matches("", kept)).isTrue();
        assertThat(passwords.matches("y", kept)).isFalse();
        assertThat(Verifier.of("scram-sha-256$x$y$z$")).isNull();
        assertThat(passwords.matches("", "")).isFalse();
    }
}
