package dev.parley.node;

import dev.parley.node.management.RabbitHash;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Hashes passwords (PBKDF2 with HMAC-SHA-256) and checks them.
///
/// Written as `pbkdf2-sha256$iterations$salt$hash`. A password that was right a moment ago is
/// recognised by a keyed digest in memory, so that a client that connects often does not pay for it
/// each time; a wrong one always pays.
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

    String hash(String password) {
        byte[] salt = new byte[16];
        random.nextBytes(salt);
        return "pbkdf2-sha256$%d$%s$%s"
                .formatted(
                        ITERATIONS,
                        Base64.getEncoder().encodeToString(salt),
                        Base64.getEncoder().encodeToString(derive(password, salt, ITERATIONS)));
    }

    /// A hash that no password fits; made at the first use, which takes its time.
    String decoy() {
        String made = decoy;
        if (made == null) {
            made = hash(Base64.getEncoder().encodeToString(random.generateSeed(32)));
            decoy = made;
        }
        return made;
    }

    /// Whether another broker made it, and it takes a moment only to try a password.
    static boolean isForeign(String hash) {
        return RabbitHash.is(hash);
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
        if (isForeign(hash)) {
            return RabbitHash.matches(password, hash);
        }
        String[] parts = hash.split("\\$", -1);
        if (parts.length != 4 || !parts[0].equals("pbkdf2-sha256")) {
            return false;
        }
        byte[] salt = Base64.getDecoder().decode(parts[2]);
        byte[] derived = derive(password, salt, Integer.parseInt(parts[1]));
        if (!MessageDigest.isEqual(derived, Base64.getDecoder().decode(parts[3]))) {
            return false;
        }
        if (remembered.size() >= REMEMBERED_MAX) {
            remembered.clear();
        }
        remembered.put(hash, digest(password, hash));
        return true;
    }

    private static byte[] derive(String password, byte[] salt, int iterations) {
        // An empty password is not one that PBKDF2 takes; it gets a form that no other has.
        char[] characters = (password + "\0").toCharArray();
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(characters, salt, iterations, BITS))
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks PBKDF2WithHmacSHA256", e);
        }
    }

    private byte[] digest(String password, String hash) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal((hash + '\0' + password).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256", e);
        }
    }
}
