package dev.parley.front.home;

import dev.parley.core.catalog.User;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
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

    /// The same for the name in a certificate that has been verified; null: there is none.
    @Nullable User certified(
            InetSocketAddress peer, @Nullable String name, Supplier<@Nullable User> known);
}
