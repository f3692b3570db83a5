package dev.parley.node;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Certificates and keys in PEM files. What is wrong with a file is said with its name and, where
/// there is one, the command that mends it; never with what is in it.
final class Pem {
    /// A larger file is neither a chain nor a key.
    private static final long BYTES_MAX = 4 << 20;

    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----");

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

    private static final Pattern OTHER_KEY = Pattern.compile("-----BEGIN ([A-Z0-9 ]+ KEY)-----");

    private Pem() {}

    /// The certificates of a file, in its order; at least one.
    static List<X509Certificate> certificates(String what, Path file) throws IOException {
        List<X509Certificate> found = new ArrayList<>();
        Matcher blocks =
                CERTIFICATE.matcher(new String(read(what, file), StandardCharsets.US_ASCII));
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            while (blocks.find()) {
                byte[] block = blocks.group().getBytes(StandardCharsets.US_ASCII);
                found.add(
                        (X509Certificate)
                                factory.generateCertificate(new ByteArrayInputStream(block)));
            }
        } catch (CertificateException e) {
            throw new IOException(
                    "%s %s: certificate %d is damaged".formatted(what, file, found.size() + 1), e);
        }
        if (found.isEmpty()) {
            throw new IOException("%s %s holds no certificate".formatted(what, file));
        }
        return found;
    }

    /// The key of a file, which must be that of a certificate.
    static PrivateKey key(String what, Path file, X509Certificate certificate) throws IOException {
        PublicKey known = certificate.getPublicKey();
        byte[] encoded = encoded(what, file);
        PrivateKey key;
        try {
            key =
                    KeyFactory.getInstance(known.getAlgorithm())
                            .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "%s %s is no %s key, but that is what its certificate is for"
                            .formatted(what, file, known.getAlgorithm()));
        }
        if (!match(key, known)) {
            throw new IOException(
                    "%s %s is not the key of the certificate (%s)"
                            .formatted(what, file, certificate.getSubjectX500Principal()));
        }
        return key;
    }

    private static byte[] encoded(String what, Path file) throws IOException {
        String text = new String(read(what, file), StandardCharsets.US_ASCII);
        Matcher key = KEY.matcher(text);
        if (key.find()) {
            try {
                return Base64.getMimeDecoder().decode(key.group(1));
            } catch (IllegalArgumentException e) {
                throw new IOException("%s %s is damaged".formatted(what, file));
            }
        }
        Matcher other = OTHER_KEY.matcher(text);
        if (other.find()) {
            throw new IOException(
                    ("%s %s holds a %s; wanted is PKCS#8 without a password:"
                                    + " openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW")
                            .formatted(what, file, other.group(1)));
        }
        throw new IOException("%s %s holds no private key".formatted(what, file));
    }

    private static boolean match(PrivateKey key, PublicKey known) {
        String algorithm =
                switch (known.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> known.getAlgorithm();
                };
        byte[] text = {1, 2, 3};
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(text);
            byte[] signature = signer.sign();
            signer.initVerify(known);
            signer.update(text);
            return signer.verify(signature);
        } catch (InvalidKeyException e) {
            return false;
        } catch (GeneralSecurityException e) {
            // A kind of key that cannot be tried here; the handshake will tell.
            return true;
        }
    }

    private static byte[] read(String what, Path file) throws IOException {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw new IOException("%s %s is too large".formatted(what, file));
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException("%s: there is no file %s".formatted(what, file), e);
        }
    }
}
