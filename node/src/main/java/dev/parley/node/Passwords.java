package dev.parley.node;

import dev.parley.node.management.RabbitHash;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/// Hashes passwords (PBKDF2 with HMAC-SHA-256) and checks them.
///
/// What is kept are SCRAM's verifiers, `scram-sha-256$iterations$salt$stored key$server key`: who
/// steals them cannot log in with them, neither with a password nor by SCRAM. Earlier versions kept
/// `pbkdf2-sha256$iterations$salt$hash`; such a user is given a verifier when he comes in.
///
/// A password that was right a moment ago is recognised by a keyed digest in memory, so that a
/// client that connects often does not pay for it each time; a wrong one always pays.
final class Passwords {
    private static final int ITERATIONS = 210_000;
    private static final int BITS = 256;
    private static final int REMEMBERED_MAX = 10_000;

    private final SecureRandom random = new SecureRandom();
    private final byte[] key = new byte[32];
    private final Map<String, byte[]> remembered = new ConcurrentHashMap<>();
    private volatile @Nullable String decoy;

    Passwords() {
        random.nextBytes(key);
    }

    /// What is kept of a password: enough to recognise whoever knows it.
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Verifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        private static final String KIND = "scram-sha-256";

        /// Of what PBKDF2 makes of a password.
        static Verifier of(int iterations, byte[] salt, byte[] salted) {
            byte[] client = Scram.hmac(salted, "Client Key".getBytes(StandardCharsets.UTF_8));
            byte[] server = Scram.hmac(salted, "Server Key".getBytes(StandardCharsets.UTF_8));
            return new Verifier(iterations, salt, Scram.sha256(client), server);
        }

        /// As it is kept, or null: this is kept in another form, or cannot be read.
        static @Nullable Verifier of(String hash) {
            String[] parts = hash.split("\\$", -1);
            Base64.Decoder decoder = Base64.getDecoder();
            try {
                if (parts.length == 5 && parts[0].equals(KIND)) {
                    return new Verifier(
                            Integer.parseInt(parts[1]),
                            decoder.decode(parts[2]),
                            decoder.decode(parts[3]),
                            decoder.decode(parts[4]));
                }
                if (isOld(hash) && parts.length == 4) {
                    // It was made of the password and a zero behind it, which HMAC makes no
                    // difference of up to a length of 63 bytes.
                    return of(
                            Integer.parseInt(parts[1]),
                            decoder.decode(parts[2]),
                            decoder.decode(parts[3]));
                }
            } catch (IllegalArgumentException e) {
                // Nobody's.
            }
            return null;
        }

        String kept() {
            Base64.Encoder encoder = Base64.getEncoder();
            return "%s$%d$%s$%s$%s"
                    .formatted(
                            KIND,
                            iterations,
                            encoder.encodeToString(salt),
                            encoder.encodeToString(storedKey),
                            encoder.encodeToString(serverKey));
        }
    }

    /// Of a password that somebody is given now, and will come with soon: it is recognised.
    String hash(String password) {
        String hash = made(password);
        remember(password, hash);
        return hash;
    }

    private String made(String password) {
        byte[] salt = new byte[16];
        random.nextBytes(salt);
        return Verifier.of(ITERATIONS, salt, derive(password, salt, ITERATIONS)).kept();
    }

    /// Text that nobody guesses, of visible characters.
    String nonce() {
        byte[] bytes = new byte[18];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /// What somebody is challenged with who is not there, always the same for one name.
    Verifier decoyVerifier(String name) {
        byte[] salt = Arrays.copyOf(Scram.hmac(key, name.getBytes(StandardCharsets.UTF_8)), 16);
        byte[] nobodys = new byte[32];
        random.nextBytes(nobodys);
        return new Verifier(ITERATIONS, salt, nobodys, nobodys);
    }

    /// A hash that no password fits; made at the first call, which takes its time.
    String decoy() {
        String made = decoy;
        if (made == null) {
            made = made(Base64.getEncoder().encodeToString(random.generateSeed(32)));
            decoy = made;
        }
        return made;
    }

    /// Whether it is in a form of which there is a better one: another broker made it, and it takes
    /// a moment only to try a password, or an earlier version did.
    static boolean isOutdated(String hash) {
        return RabbitHash.is(hash) || isOld(hash);
    }

    private static boolean isOld(String hash) {
        return hash.startsWith("pbkdf2-sha256$");
    }

    /// Whether the password was right a moment ago; quick.
    boolean remembers(String password, String hash) {
        byte[] known = remembered.get(hash);
        return known != null && MessageDigest.isEqual(known, digest(password, hash));
    }

    boolean matches(String password, String hash) {
        if (remembers(password, hash)) {
            return true;
        }
        if (RabbitHash.is(hash)) {
            return RabbitHash.matches(password, hash);
        }
        Verifier verifier = Verifier.of(hash);
        if (verifier == null) {
            return false;
        }
        byte[] salt = verifier.salt();
        byte[] derived =
                isOld(hash)
                        ? derive(password + "\0", salt, verifier.iterations())
                        : derive(password, salt, verifier.iterations());
        Verifier tried = Verifier.of(verifier.iterations(), salt, derived);
        if (!MessageDigest.isEqual(tried.storedKey(), verifier.storedKey())) {
            return false;
        }
        remember(password, hash);
        return true;
    }

    private void remember(String password, String hash) {
        if (remembered.size() >= REMEMBERED_MAX) {
            remembered.clear();
        }
        remembered.put(hash, digest(password, hash));
    }

    private static byte[] derive(String password, byte[] salt, int iterations) {
        // Java's PBKDF2 takes no empty password; to HMAC a zero is the same.
        char[] characters = (password.isEmpty() ? "\0" : password).toCharArray();
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(characters, salt, iterations, BITS))
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks PBKDF2WithHmacSHA256", e);
        }
    }

    private byte[] digest(String password, String hash) {
        return Scram.hmac(key, (hash + '\0' + password).getBytes(StandardCharsets.UTF_8));
    }
}
