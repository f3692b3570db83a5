package dev.parley.front.wire;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys that listeners speak TLS with. They may be replaced at any time: connections that are
/// there go on with theirs, new ones get the new ones.
public final class Tls {
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);

    /// Time that a client gets to take the goodbye of a connection that ends.
    private static final long GOODBYE_MILLIS = 1_000;

    private final Executor handshakes;
    private final long handshakeMillis;
    private final CertificateName naming;
    private final Trickle failures = new Trickle(5, () -> System.nanoTime() / 1_000_000);
    private volatile SslContext keys;

    /// @param handshakes does the arithmetic of handshakes, which is too much for an event loop
    /// @param handshakeMillis a handshake that takes longer ends its connection
    public Tls(SslContext keys, Executor handshakes, long handshakeMillis, CertificateName naming) {
        this.keys = keys;
        this.handshakes = handshakes;
        this.handshakeMillis = handshakeMillis;
        this.naming = naming;
    }

    /// Any thread.
    public void replace(SslContext next) {
        keys = next;
    }

    /// The first handler of a new connection.
    public SslHandler handler(ByteBufAllocator allocator) {
        SslHandler handler = keys.newHandler(allocator, handshakes);
        handler.setHandshakeTimeoutMillis(handshakeMillis);
        handler.setCloseNotifyFlushTimeoutMillis(GOODBYE_MILLIS);
        return handler;
    }

    /// What a connection's client is called by its certificate; null without one.
    @Nullable String nameOf(ChannelHandlerContext context) {
        SslHandler handler = context.pipeline().get(SslHandler.class);
        if (handler == null) {
            return null;
        }
        try {
            return handler.engine().getSession().getPeerCertificates()[0]
                            instanceof X509Certificate certificate
                    ? naming.in(certificate)
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            return null; // it has shown none
        }
    }

    /// Tells people why a handshake failed; a few lines a second, however many fail.
    public void onHandshake(SslHandshakeCompletionEvent event, Object peer) {
        if (event.cause() instanceof SSLException cause && failures.lets()) {
            LOG.info(
                    "TLS handshake with {} failed: {}{}",
                    peer,
                    cause.getMessage(),
                    failures.withheld());
        }
    }
}
