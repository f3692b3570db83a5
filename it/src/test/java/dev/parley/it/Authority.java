package dev.parley.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A certificate authority of a test's own, made by the JDK's keytool; nothing of it is kept.
final class Authority {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Path directory;
    private final Path store;

    private Authority(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("authority.p12");
    }

    /// A key with its certificate, in a store and as the PEM files that a node reads.
    record Identity(Path store, Path certificate, Path key) {}

    static Authority make(Path parent, String name) {
        try {
            Authority made = new Authority(Files.createTempDirectory(parent, name + "-"));
            keytool(
                    "-genkeypair",
                    "-alias",
                    "authority",
                    "-dname",
                    "CN=" + name,
                    "-ext",
                    "bc:c",
                    "-keyalg",
                    "EC",
                    "-keystore",
                    made.store.toString());
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException("making an authority", e);
        }
    }

    /// The authority's own certificate as a PEM file.
    Path certificate() {
        try {
            Path file = directory.resolve("authority.pem");
            Files.writeString(file, pem("CERTIFICATE", own().getEncoded()));
            return file;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("writing an authority's certificate", e);
        }
    }

    /// A server's certificate for these names, as keytool writes them: `dns:localhost`.
    Identity server(String algorithm, String names) {
        return issue("CN=parley", algorithm, "san=" + names, "eku=serverAuth");
    }

    Identity client(String subject) {
        return issue(subject, "EC", "eku=clientAuth");
    }

    private Identity issue(String subject, String algorithm, String... extensions) {
        try {
            Path own = Files.createTempDirectory(directory, "identity-");
            // One process, since each takes long: the key is made where its signer is, and moved.
            List<String> make = new ArrayList<>(List.of("-genkeypair", "-alias", "own"));
            make.addAll(List.of("-dname", subject, "-keyalg", algorithm, "-validity", "2"));
            make.addAll(List.of("-signer", "authority", "-keystore", store.toString()));
            for (String extension : extensions) {
                make.addAll(List.of("-ext", extension));
            }
            keytool(make.toArray(String[]::new));
            return written(own, taken());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("issuing a certificate for " + subject, e);
        }
    }

    /// Takes the key that was made last out of the authority's store, into one of its own.
    private KeyStore taken() throws IOException, GeneralSecurityException {
        KeyStore all = load(store);
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                "own", all.getKey("own", PASSWORD), PASSWORD, all.getCertificateChain("own"));
        all.deleteEntry("own");
        try (OutputStream out = Files.newOutputStream(store)) {
            all.store(out, PASSWORD);
        }
        return own;
    }

    private static Identity written(Path directory, KeyStore store)
            throws IOException, GeneralSecurityException {
        Path keys = directory.resolve("keys.p12");
        try (OutputStream out = Files.newOutputStream(keys)) {
            store.store(out, PASSWORD);
        }
        StringBuilder chain = new StringBuilder();
        for (Certificate one : store.getCertificateChain("own")) {
            chain.append(pem("CERTIFICATE", one.getEncoded()));
        }
        Path certificate = Files.writeString(directory.resolve("certificate.pem"), chain);
        byte[] key = store.getKey("own", PASSWORD).getEncoded();
        Path file = Files.writeString(directory.resolve("key.pem"), pem("PRIVATE KEY", key));
        return new Identity(keys, certificate, file);
    }

    /// What a client that trusts this authority connects with, showing a certificate if it has one.
    SSLContext trusting(String protocol, Identity... shown) {
        try {
            KeyManager[] keys = null;
            for (Identity one : shown) {
                keys = keys(one).getKeyManagers();
            }
            SSLContext context = SSLContext.getInstance(protocol);
            context.init(keys, trust().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("setting up a client", e);
        }
    }

    /// Trust in this authority and in nobody else.
    TrustManagerFactory trust() {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("ca", own());
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            return trust;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("setting up a client", e);
        }
    }

    /// What a client shows of itself.
    static KeyManagerFactory keys(Identity shown) {
        try {
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(load(shown.store()), PASSWORD);
            return factory;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("setting up a client", e);
        }
    }

    private Certificate own() throws IOException, GeneralSecurityException {
        return load(store).getCertificate("authority");
    }

    private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    static String pem(String kind, byte[] encoded) {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(encoded);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, text, kind);
    }

    private static void keytool(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", new String(PASSWORD)));
        command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
        Foreign.Result result = Foreign.run(command, Map.of(), DEADLINE);
        if (result.code() != 0) {
            throw new AssertionError(command + ": " + result.output());
        }
    }

    /// Replaces a node's files by another identity's, the key first.
    static void replace(Identity used, Identity next) {
        try {
            Files.writeString(used.key(), Files.readString(next.key()), UTF_8);
            Files.writeString(used.certificate(), Files.readString(next.certificate()), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("replacing certificates", e);
        }
    }
}
