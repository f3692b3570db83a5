package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// The client's side of SCRAM-SHA-256 as RFC 5802 and RFC 7677 have it.
final class Scram {

    static final String METHOD = "SCRAM-SHA-256";
    private static final String HEAD = "n,,";

    private final String password;
    private final String nonce = Long.toString(System.nanoTime(), 36);
    private final String bare;
    private byte[] salted = new byte[0];
    private String all = "";

    Scram(String user, String password) {
        this.password = password;
        bare = "n=" + user + ",r=" + nonce;
    }

    byte[] first() {
        return (HEAD + bare).getBytes(UTF_8);
    }

    /// The proof that answers a challenge.
    byte[] last(String challenge) {
        String[] parts = challenge.split(",");
        String both = parts[0].substring(2);
        assertThat(parts[0]).startsWith("r=" + nonce).isNotEqualTo("r=" + nonce);
        byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
        int rounds = Integer.parseInt(parts[2].substring(2));
        String bound = Base64.getEncoder().encodeToString(HEAD.getBytes(UTF_8));
        String unproved = "c=" + bound + ",r=" + both;
        try {
            var key = new PBEKeySpec(password.toCharArray(), salt, rounds, 256);
            salted =
                    SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(key)
                            .getEncoded();
            all = bare + "," + challenge + "," + unproved;
            byte[] clientKey = hmac(salted, "Client Key");
            byte[] stored = MessageDigest.getInstance("SHA-256").digest(clientKey);
            byte[] proof = Arrays.copyOf(clientKey, clientKey.length);
            byte[] signature = hmac(stored, all);
            for (int i = 0; i < proof.length; i++) {
                proof[i] ^= signature[i];
            }
            return (unproved + ",p=" + Base64.getEncoder().encodeToString(proof)).getBytes(UTF_8);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("SCRAM", e);
        }
    }

    /// The server knows the password too, or what was made of it.
    void verify(String said) {
        byte[] signature = hmac(hmac(salted, "Server Key"), all);
        assertThat(said).isEqualTo("v=" + Base64.getEncoder().encodeToString(signature));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("HMAC", e);
        }
    }
}
