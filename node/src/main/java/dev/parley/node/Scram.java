package dev.parley.node;

import dev.parley.node.Passwords.Verifier;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// The node's side of one login by SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: a
/// client shows that it knows a password and never says it, and the node shows that it knows the
/// client's verifier.
///
/// A user who does not exist, or whose password is kept in a form that this cannot be done with, is
/// challenged as any other and fails at the end.
final class Scram {
    /// Bytes of a client's message; a longer one is none.
    private static final int MESSAGE_MAX = 4_096;

    private final Passwords passwords;
    private final Function<String, @Nullable String> hashes;
    private final String ourNonce;
    private String header = "";
    private String firstBare = "";
    private String challenge = "";
    private String nonce = "";
    private String name = "";
    private Verifier verifier;
    private @Nullable String hash;

    /// A message that makes no sense, or a proof that is none; told to nobody but the log.
    static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        Fault(String why) {
            super(why);
        }
    }

    /// @param hashes what is kept of the password of whoever has a name at the moment, or null
    /// @param ourNonce a name that nobody guesses
    Scram(Passwords passwords, Function<String, @Nullable String> hashes, String ourNonce) {
        this.passwords = passwords;
        this.hashes = hashes;
        this.ourNonce = ourNonce;
        this.verifier = passwords.decoyVerifier("");
    }

    /// The name that the client gives, once it has.
    String name() {
        return name;
    }

    /// Reads a client's first message and returns the challenge.
    byte[] challenge(byte[] said) throws Fault {
        String first = text(said);
        int bare = first.indexOf(',', first.indexOf(',') + 1) + 1;
        if (bare < 3) {
            throw new Fault("no SCRAM header");
        }
        header = first.substring(0, bare);
        if (!header.equals("n,,") && !header.equals("y,,")) {
            throw new Fault("channel binding, or another identity, is not offered");
        }
        firstBare = first.substring(bare);
        String[] parts = firstBare.split(",", -1);
        if (parts.length < 2 || !parts[0].startsWith("n=") || !parts[1].startsWith("r=")) {
            throw new Fault("no name and nonce");
        }
        name = name(parts[0].substring(2));
        if (parts[1].length() < 10) {
            throw new Fault("a nonce that is too short");
        }
        String known = hashes.apply(name);
        Verifier found = known == null ? null : Verifier.of(known);
        hash = found == null ? null : known;
        verifier = found == null ? passwords.decoyVerifier(name) : found;
        nonce = parts[1].substring(2) + ourNonce;
        challenge =
                "r=%s,s=%s,i=%d"
                        .formatted(
                                nonce,
                                Base64.getEncoder().encodeToString(verifier.salt()),
                                verifier.iterations());
        return challenge.getBytes(StandardCharsets.UTF_8);
    }

    /// Undoes what a name with `,` or `=` in it goes through.
    private static String name(String written) throws Fault {
        String name = written.replace("=2C", ",").replace("=3D", "\0");
        if (name.isEmpty() || name.indexOf('=') >= 0) {
            throw new Fault("no name");
        }
        return name.replace('\0', '=');
    }

    /// Reads a client's proof; returns the node's own, which ends the exchange well.
    byte[] prove(byte[] said) throws Fault {
        String last = text(said);
        int proofAt = last.lastIndexOf(",p=");
        String expected =
                "c="
                        + Base64.getEncoder()
                                .encodeToString(header.getBytes(StandardCharsets.UTF_8))
                        + ",r="
                        + nonce;
        if (proofAt < 0 || !last.substring(0, proofAt).equals(expected)) {
            throw new Fault("another exchange's proof");
        }
        byte[] message =
                (firstBare + "," + challenge + "," + expected).getBytes(StandardCharsets.UTF_8);
        byte[] key = xor(decoded(last.substring(proofAt + 3)), hmac(verifier.storedKey(), message));
        boolean same = hash != null && hash.equals(hashes.apply(name));
        if (!MessageDigest.isEqual(sha256(key), verifier.storedKey()) || !same) {
            throw new Fault("wrong user or password");
        }
        return ("v=" + Base64.getEncoder().encodeToString(hmac(verifier.serverKey(), message)))
                .getBytes(StandardCharsets.UTF_8);
    }

    /// What is to be kept of the password from now on, or an empty text: it is kept so already.
    /// After [#prove].
    String better() {
        return hash != null && Passwords.isOutdated(hash) ? verifier.kept() : "";
    }

    private static String text(byte[] said) throws Fault {
        String text = new String(said, StandardCharsets.UTF_8);
        if (said.length > MESSAGE_MAX || text.indexOf(0) >= 0) {
            throw new Fault("no SCRAM message");
        }
        return text;
    }

    private static byte[] decoded(String proof) throws Fault {
        try {
            byte[] bytes = Base64.getDecoder().decode(proof);
            if (bytes.length == 32) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new Fault("no proof");
    }

    private static byte[] xor(byte[] a, byte[] b) {
        byte[] both = new byte[a.length];
        for (int i = 0; i < a.length; i++) {
            both[i] = (byte) (a[i] ^ b[i]);
        }
        return both;
    }

    static byte[] hmac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256", e);
        }
    }

    static byte[] sha256(byte[] of) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(of);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks SHA-256", e);
        }
    }
}
