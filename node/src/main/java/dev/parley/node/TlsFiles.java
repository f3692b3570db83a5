package dev.parley.node;

import dev.parley.front.wire.Tls;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files that a node's TLS rests on, read at the start and again when they have changed.
///
/// A new file that is broken changes nothing but the log: a certificate and its key are two files,
/// and who replaces them may be between the two.
final class TlsFiles {
    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);

    private final TlsConfig config;
    private final Tls tls;
    private final AtomicBoolean looking = new AtomicBoolean();
    private List<Stamp> seen;
    private String subject = "";

    /// What tells a changed file.
    private record Stamp(@Nullable FileTime changed, long bytes) {}

    /// @param handshakes does the arithmetic of handshakes
    /// @throws IOException which says what is wrong with which file
    TlsFiles(TlsConfig config, Executor handshakes, long handshakeMillis) throws IOException {
        this.config = config;
        this.seen = stamps();
        this.tls = new Tls(load(), handshakes, handshakeMillis, config.naming());
    }

    Tls tls() {
        return tls;
    }

    /// @throws IOException which says what is wrong with which file
    private SslContext load() throws IOException {
        List<X509Certificate> chain = Pem.certificates("tls-certificate", config.certificate());
        X509Certificate own = chain.getFirst();
        SslContextBuilder builder =
                SslContextBuilder.forServer(Pem.key("tls-key", config.key(), own), chain)
                        .sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3", "TLSv1.2")
                        .clientAuth(
                                switch (config.client()) {
                                    case REQUIRED -> ClientAuth.REQUIRE;
                                    case WANTED -> ClientAuth.OPTIONAL;
                                    case NONE -> ClientAuth.NONE;
                                });
        if (config.clientCa() != null) {
            builder.trustManager(Pem.certificates("tls-client-ca", config.clientCa()));
        }
        subject = own.getSubjectX500Principal() + ", valid until " + own.getNotAfter().toInstant();
        return builder.build();
    }

    /// Reads the files again if they have changed; one look at a time, should the disk hang.
    void look() {
        if (looking.compareAndSet(false, true)) {
            try {
                lookNow();
            } finally {
                looking.set(false);
            }
        }
    }

    private synchronized void lookNow() {
        if (!stamps().equals(seen)) {
            try {
                reload();
            } catch (IOException e) {
                LOG.debug("the TLS files", e);
            }
        }
    }

    /// Reads the files again; returns what is in use now.
    ///
    /// @throws IOException which says why the new ones are not
    synchronized String reload() throws IOException {
        seen = stamps();
        try {
            tls.replace(load());
        } catch (IOException e) {
            LOG.error("TLS files not taken over, the old ones stay in use: {}", e.getMessage());
            throw e;
        }
        LOG.info("TLS files taken over: {}", subject);
        return subject;
    }

    private List<Stamp> stamps() {
        List<Stamp> stamps = new ArrayList<>();
        stamps.add(stamp(config.certificate()));
        stamps.add(stamp(config.key()));
        if (config.clientCa() != null) {
            stamps.add(stamp(config.clientCa()));
        }
        return stamps;
    }

    private static Stamp stamp(Path file) {
        try {
            return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
        } catch (IOException e) {
            return new Stamp(null, -1);
        }
    }
}
