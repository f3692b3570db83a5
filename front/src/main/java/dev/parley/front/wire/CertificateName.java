package dev.parley.front.wire;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/// The part of a client's certificate that is its user's name, chosen and written as RabbitMQ does.
public enum CertificateName {
    /// The whole subject as RFC 4514 writes it, the last part first: `CN=orders,O=Shop,C=DE`.
    DISTINGUISHED_NAME,

    /// The common name only; several are joined by commas.
    COMMON_NAME;

    /// The keywords that RabbitMQ writes where the RFC has numbers.
    private static final Map<String, String> KEYWORDS =
            Map.ofEntries(
                    Map.entry("2.5.4.4", "SN"),
                    Map.entry("2.5.4.5", "SERIALNUMBER"),
                    Map.entry("2.5.4.12", "TITLE"),
                    Map.entry("2.5.4.42", "GIVENNAME"),
                    Map.entry("2.5.4.43", "INITIALS"),
                    Map.entry("2.5.4.44", "GENERATIONQUALIFIER"),
                    Map.entry("2.5.4.65", "PSEUDONYM"),
                    Map.entry("1.2.840.113549.1.9.1", "EMAILADDRESS"));

    /// The name in a certificate that has been verified; null if there is none.
    @Nullable String in(X509Certificate certificate) {
        String subject =
                certificate.getSubjectX500Principal().getName(X500Principal.RFC2253, KEYWORDS);
        String name =
                switch (this) {
                    case DISTINGUISHED_NAME -> subject;
                    case COMMON_NAME -> common(subject);
                };
        return name.isEmpty() ? null : name;
    }

    private static String common(String subject) {
        List<String> names = new ArrayList<>();
        try {
            for (Rdn part : new LdapName(subject).getRdns()) {
                Attribute name = part.toAttributes().get("CN");
                if (name != null) {
                    names.add(String.valueOf(name.get()));
                }
            }
        } catch (InvalidNameException e) {
            return "";
        } catch (NamingException e) {
            return "";
        }
        return String.join(",", names);
    }
}
