package dev.parley.node.management;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A password's hash as RabbitMQ keeps it: four bytes of salt, and SHA-256 or SHA-512 of salt and
/// password behind them.
///
/// Kept as `rabbit-sha256$…` or `rabbit-sha512$…`, so that who moves in keeps his password.
public final class RabbitHash {
    private static final String SHA_256 = "rabbit-sha256$";
    private static final String SHA_512 = "rabbit-sha512$";
    private static final String OURS = "parley";
    private static final int SALT_BYTES = 4;

    private RabbitHash() {}

    /// Whether a stored hash is of this kind.
    public static boolean is(String stored) {
        return stored.startsWith(SHA_256) || stored.startsWith(SHA_512);
    }

    public static boolean matches(String password, String stored) {
        byte[] hash = Base64.getDecoder().decode(stored.substring(SHA_256.length()));
        byte[] salt = Arrays.copyOf(hash, SALT_BYTES);
        byte[] expected = Arrays.copyOfRange(hash, SALT_BYTES, hash.length);
        try {
            MessageDigest digest =
                    MessageDigest.getInstance(stored.startsWith(SHA_256) ? "SHA-256" : "SHA-512");
            digest.update(salt);
            return MessageDigest.isEqual(
                    expected, digest.digest(password.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-2", e);
        }
    }

    /// Puts a stored hash into an export; one of ours under a name that RabbitMQ does not know.
    static void export(Map<String, Object> user, String stored) {
        boolean rabbits = is(stored);
        user.put("password_hash", rabbits ? stored.substring(SHA_256.length()) : stored);
        user.put(
                "hashing_algorithm",
                rabbits
                        ? "rabbit_password_hashing_"
                                + (stored.startsWith(SHA_256) ? "sha256" : "sha512")
                        : OURS);
    }

    /// What is kept of a user's `password_hash` in RabbitMQ's JSON. An empty one lets nobody in,
    /// but with a certificate.
    ///
    /// @throws Fault if it is no such hash
    static String stored(JsonNode user, String hash) {
        String algorithm =
                user.path("hashing_algorithm").asString("rabbit_password_hashing_sha256");
        String prefix;
        int size;
        switch (algorithm) {
            case "rabbit_password_hashing_sha256" -> {
                prefix = SHA_256;
                size = 32;
            }
            case "rabbit_password_hashing_sha512" -> {
                prefix = SHA_512;
                size = 64;
            }
            case OURS -> {
                return hash;
            }
            default -> throw Fault.badRequest("hashes of '" + algorithm + "' are not supported");
        }
        if (hash.isEmpty()) {
            return "none";
        }
        try {
            if (Base64.getDecoder().decode(hash).length == SALT_BYTES + size) {
                return prefix + hash;
            }
        } catch (IllegalArgumentException e) {
            // Refused below, as one of another length is.
        }
        throw Fault.badRequest("password_hash is no hash of " + algorithm);
    }
}
