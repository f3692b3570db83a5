package dev.parley.cli;

import dev.parley.front.wire.CertificateName;
import dev.parley.node.TlsConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The settings about TLS, which make sense together only.
final class TlsSettings {
    private final Settings settings;

    TlsSettings(Settings settings) {
        this.settings = settings;
    }

    /// Null: the node speaks none.
    @Nullable TlsConfig config() throws Settings.Fault {
        Path certificate = path(Setting.TLS_CERTIFICATE);
        Path key = path(Setting.TLS_KEY);
        Path clientCa = path(Setting.TLS_CLIENT_CA);
        TlsConfig.Client client = client();
        CertificateName naming = naming();
        int https = (int) settings.number(Setting.HTTPS_PORT);
        if (certificate == null && key == null) {
            if (clientCa != null || client != TlsConfig.Client.NONE || https >= 0) {
                throw new Settings.Fault("TLS needs tls.certificate and tls.key: there is neither");
            }
            return null;
        }
        if (certificate == null || key == null) {
            throw new Settings.Fault("tls.certificate and tls.key go together");
        }
        try {
            return new TlsConfig(
                    certificate,
                    key,
                    clientCa,
                    client,
                    naming,
                    (int) settings.number(Setting.AMQPS_PORT),
                    https,
                    (int) settings.number(Setting.MQTTS_PORT));
        } catch (IllegalArgumentException e) {
            throw new Settings.Fault(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Path path(Setting setting) {
        String text = settings.text(setting);
        return text.isEmpty() ? null : Path.of(text);
    }

    private TlsConfig.Client client() throws Settings.Fault {
        String text = settings.text(Setting.TLS_CLIENT);
        return switch (text) {
            case "required" -> TlsConfig.Client.REQUIRED;
            case "wanted" -> TlsConfig.Client.WANTED;
            case "none" -> TlsConfig.Client.NONE;
            default -> throw new Settings.Fault(wrong(Setting.TLS_CLIENT, text));
        };
    }

    private CertificateName naming() throws Settings.Fault {
        String text = settings.text(Setting.TLS_CLIENT_NAME);
        return switch (text) {
            case "distinguished-name" -> CertificateName.DISTINGUISHED_NAME;
            case "common-name" -> CertificateName.COMMON_NAME;
            default -> throw new Settings.Fault(wrong(Setting.TLS_CLIENT_NAME, text));
        };
    }

    private static String wrong(Setting setting, String text) {
        return "%s is '%s'; it is one of: %s".formatted(setting.key(), text, setting.about());
    }
}
