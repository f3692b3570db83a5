package dev.parley.node;

import dev.parley.front.wire.CertificateName;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a node speaks TLS; all files are PEM.
///
/// @param certificate the node's certificate, then those of the authorities between it and a root
/// @param key its private key, PKCS#8 without a password
/// @param clientCa the authorities whose clients are let in; null with [Client#NONE]
/// @param client whether clients show a certificate
/// @param naming what of it is the user's name
/// @param amqpsPort 0 picks a free one, -1 opens none
/// @param httpsPort likewise
/// @param mqttsPort likewise
public record TlsConfig(
        Path certificate,
        Path key,
        @Nullable Path clientCa,
        Client client,
        CertificateName naming,
        int amqpsPort,
        int httpsPort,
        int mqttsPort) {
    /// Whether clients show a certificate.
    public enum Client {
        /// Who has none, or one of another authority, is not let in.
        REQUIRED,
        /// Who has none may log in with a password.
        WANTED,
        NONE
    }

    public TlsConfig {
        Config.checkPort("amqps-port", amqpsPort);
        Config.checkPort("https-port", httpsPort);
        Config.checkPort("mqtts-port", mqttsPort);
        if (client == Client.NONE && clientCa != null) {
            throw new IllegalArgumentException(
                    "tls-client-ca without tls-client: say whether a client's certificate is"
                            + " required or wanted");
        }
        if (client != Client.NONE && clientCa == null) {
            throw new IllegalArgumentException(
                    "tls-client without tls-client-ca: name the file of the authorities that"
                            + " clients' certificates are from");
        }
    }

    /// The same without a port for MQTT.
    public TlsConfig(
            Path certificate,
            Path key,
            @Nullable Path clientCa,
            Client client,
            CertificateName naming,
            int amqpsPort,
            int httpsPort) {
        this(certificate, key, clientCa, client, naming, amqpsPort, httpsPort, -1);
    }

    /// A certificate for the server's side, and the usual port.
    public static TlsConfig server(Path certificate, Path key) {
        return new TlsConfig(
                certificate, key, null, Client.NONE, CertificateName.DISTINGUISHED_NAME, 5671, -1);
    }
}
