package dev.parley.front.home;

import dev.parley.core.catalog.User;
import dev.parley.front.mqtt.MqttBroker;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Hashes passwords and decides who comes in. Hashing costs time on purpose.
public interface Authenticator {
    /// The form in which a new password is kept.
    String hash(String password);

    /// Decides without holding the event loop up; answers on that loop with the user, or null.
    ///
    /// @param peer where the client is
    /// @param user the name that it gives
    /// @param known who has that name at the moment; null: nobody
    void check(
            InetSocketAddress peer,
            String user,
            String password,
            Supplier<@Nullable User> known,
            Consumer<@Nullable User> answer);

    /// Begins a login in which the password is never said, by SCRAM-SHA-256; on the event loop.
    ///
    /// @param users who has a name at the moment: one without the virtual host that may stand in
    ///   front of it
    MqttBroker.Handshake scram(InetSocketAddress peer, Function<String, @Nullable User> users);

    /// Who has the name in a certificate that has been verified; null: there is none.
    @Nullable User certified(
            InetSocketAddress peer, @Nullable String name, Supplier<@Nullable User> known);
}
