package dev.parley.front.home;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hashes passwords and checks them. Both cost time on purpose.
public interface Authenticator {
    /// The form in which a new password is kept.
    String hash(String password);

    /// Compares a password with a hash (null: there is no such user) without holding the event loop
    /// up; answers on that loop.
    void check(String password, @Nullable String hash, Consumer<Boolean> answer);
}
