package dev.parley.node;

import dev.parley.core.catalog.User;
import dev.parley.front.home.Authenticator;
import dev.parley.front.mqtt.MqttBroker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Lets users in by their passwords: few hashes at a time, and those who fail often wait.
///
/// Everything here runs on the event loop but the hashes. An attempt that found no free thread is
/// weighed again when its turn comes: those before it may have failed meanwhile.
final class Logins implements Authenticator {
    /// Attempts that wait for a thread; one more is refused.
    private static final int WAITING_MAX = 8_192;

    private final Passwords passwords;
    private final Audit audit;
    private final LoginThrottle throttle;
    private final Executor hashing;
    private final int threads;
    private final Executor loop;
    private final Later later;
    private final Keeper keeper;
    private final ArrayDeque<Attempt> waiting = new ArrayDeque<>();
    private int running;
    private volatile long refused;
    private volatile long delayed;

    /// @param waited whether it has been made to wait already
    private record Attempt(
            InetSocketAddress peer,
            String user,
            String password,
            Supplier<@Nullable User> known,
            Consumer<@Nullable User> answer,
            boolean waited) {
        @Nullable InetAddress address() {
            return peer.getAddress();
        }

        Attempt afterWaiting() {
            return new Attempt(peer, user, password, known, answer, true);
        }

        @Override
        public String toString() {
            return "Attempt[" + user + " from " + peer + "]";
        }
    }

    /// Runs something on the event loop after a while.
    @FunctionalInterface
    interface Later {
        void after(long millis, Runnable task);
    }

    /// Keeps another hash of the password that a user has, unless it has changed meanwhile; on the
    /// event loop.
    @FunctionalInterface
    interface Keeper {
        void keep(User user, String hash);
    }

    /// @param hashing runs as many hashes at a time as `threads`
    Logins(
            Passwords passwords,
            Audit audit,
            LoginThrottle throttle,
            Executor hashing,
            int threads,
            Executor loop,
            Later later,
            Keeper keeper) {
        this.passwords = passwords;
        this.audit = audit;
        this.throttle = throttle;
        this.hashing = hashing;
        this.threads = threads;
        this.loop = loop;
        this.later = later;
        this.keeper = keeper;
    }

    /// Logins refused so far, and those that were made to wait; any thread.
    long refused() {
        return refused;
    }

    long delayed() {
        return delayed;
    }

    @Override
    public String hash(String password) {
        return passwords.hash(password);
    }

    /// Does beforehand, and off the event loop, what the first logins would wait for: whoever comes
    /// without a name comes with a password that the node knows.
    ///
    /// @param hash what is kept of it, if that is so
    void prepare(String password, String hash) {
        hashing.execute(() -> {
            boolean _ = matches(password, hash);
            String _ = passwords.decoy();
        });
    }

    @Override
    public void check(
            InetSocketAddress peer,
            String user,
            String password,
            Supplier<@Nullable User> known,
            Consumer<@Nullable User> answer) {
        Attempt attempt = new Attempt(peer, user, password, known, answer, false);
        if (user.equals("guest") && !onThisMachine(peer)) {
            refuse(attempt, "guest comes from this machine only");
        } else if (weigh(attempt)) {
            enqueue(attempt);
        }
    }

    @Override
    public @Nullable User certified(
            InetSocketAddress peer, @Nullable String name, Supplier<@Nullable User> known) {
        if (name == null) {
            told("", peer, "no certificate to log in with");
            return null;
        }
        User user = known.get();
        if (user == null || (name.equals("guest") && !onThisMachine(peer))) {
            told(name, peer, "no user of this certificate's name");
            return null;
        }
        return user;
    }

    @Override
    public MqttBroker.Handshake scram(
            InetSocketAddress peer, Function<String, @Nullable User> users) {
        return new Challenge(peer, users);
    }

    private static String bare(String name) {
        return name.substring(name.lastIndexOf(':') + 1);
    }

    /// One login by SCRAM, which costs the node next to nothing: who guesses pays with his time.
    private final class Challenge implements MqttBroker.Handshake {
        private final InetSocketAddress peer;
        private final Function<String, @Nullable User> users;
        private final Scram scram;

        Challenge(InetSocketAddress peer, Function<String, @Nullable User> users) {
            this.peer = peer;
            this.users = users;
            this.scram = new Scram(passwords, this::hash, passwords.nonce());
        }

        private @Nullable String hash(String name) {
            User user = users.apply(bare(name));
            return user == null ? null : user.passwordHash();
        }

        @Override
        public void begin(byte[] said, Consumer<byte @Nullable []> answer) {
            byte[] challenge;
            try {
                challenge = scram.challenge(said);
            } catch (Scram.Fault e) {
                refuse(answer, String.valueOf(e.getMessage()));
                return;
            }
            String name = bare(scram.name());
            if (name.equals("guest") && !onThisMachine(peer)) {
                refuse(answer, "guest comes from this machine only");
                return;
            }
            long wait = throttle.admit(peer.getAddress(), name);
            if (wait == 0) {
                answer.accept(challenge);
            } else if (wait == LoginThrottle.REFUSED) {
                refuse(answer, "too many failures");
            } else {
                long count = delayed + 1;
                delayed = count;
                later.after(wait, () -> answer.accept(challenge));
            }
        }

        private void refuse(Consumer<byte @Nullable []> answer, String why) {
            told(bare(scram.name()), peer, why);
            answer.accept(null);
        }

        @Override
        public MqttBroker.@Nullable Admission prove(byte[] said) {
            String name = bare(scram.name());
            User user = users.apply(name);
            try {
                byte[] proof = scram.prove(said);
                throttle.onRight(peer.getAddress(), name);
                if (user != null) {
                    keepBetter(user);
                    return new MqttBroker.Admission(scram.name(), user, proof);
                }
            } catch (Scram.Fault e) {
                throttle.onWrong(peer.getAddress(), name);
                told(name, peer, String.valueOf(e.getMessage()));
            }
            return null;
        }

        private void keepBetter(User user) {
            String better = scram.better();
            if (!better.isEmpty()) {
                keeper.keep(user, better);
            }
        }
    }

    private static boolean onThisMachine(InetSocketAddress peer) {
        return peer.getAddress() != null && peer.getAddress().isLoopbackAddress();
    }

    /// Whether an attempt may go on now; otherwise it goes on later, or is refused.
    private boolean weigh(Attempt attempt) {
        long wait = throttle.admit(attempt.address(), attempt.user());
        if (wait == 0) {
            return true;
        }
        if (wait == LoginThrottle.REFUSED) {
            refuse(attempt, "too many failures");
        } else {
            long count = delayed + 1;
            delayed = count;
            later.after(wait, () -> enqueue(attempt.afterWaiting()));
        }
        return false;
    }

    private void enqueue(Attempt attempt) {
        User known = attempt.known().get();
        if (known != null && passwords.remembers(attempt.password(), known.passwordHash())) {
            let(attempt, known);
        } else if (waiting.size() >= WAITING_MAX) {
            refuse(attempt, "too many logins at a time");
        } else {
            waiting.add(attempt);
            pump();
        }
    }

    private void pump() {
        while (running < threads && !waiting.isEmpty()) {
            Attempt attempt = waiting.remove();
            User known = attempt.known().get();
            if (known != null && passwords.remembers(attempt.password(), known.passwordHash())) {
                let(attempt, known);
            } else if (attempt.waited() || weigh(attempt)) {
                hash(attempt, known);
            }
        }
    }

    private void hash(Attempt attempt, @Nullable User known) {
        running++;
        try {
            hashing.execute(() -> {
                boolean right =
                        matches(
                                attempt.password(),
                                known == null ? passwords.decoy() : known.passwordHash());
                String better = right && known != null ? better(attempt, known) : "";
                loop.execute(() -> {
                    running--;
                    if (!better.isEmpty() && known != null) {
                        keeper.keep(known, better);
                    }
                    if (right && known != null) {
                        let(attempt, known);
                    } else {
                        throttle.onWrong(attempt.address(), attempt.user());
                        refuse(attempt, "wrong user or password");
                    }
                    pump();
                });
            });
        } catch (RejectedExecutionException e) {
            running--;
            refuse(attempt, "the node is busy or stopping");
        }
    }

    private boolean matches(String password, String hash) {
        try {
            return passwords.matches(password, hash);
        } catch (RuntimeException e) {
            // A hash that cannot be read is nobody's.
            return false;
        }
    }

    /// A hash in the present form where the one that is kept is in another; otherwise an empty
    /// text.
    private String better(Attempt attempt, User known) {
        return Passwords.isOutdated(known.passwordHash()) ? passwords.hash(attempt.password()) : "";
    }

    private void let(Attempt attempt, User user) {
        throttle.onRight(attempt.address(), attempt.user());
        attempt.answer().accept(user);
    }

    private void refuse(Attempt attempt, String why) {
        told(attempt.user(), attempt.peer(), why);
        attempt.answer().accept(null);
    }

    private void told(String user, InetSocketAddress peer, String why) {
        long count = refused + 1;
        refused = count;
        audit.refused(user, peer, why);
    }

    /// Hashes a new password on the same threads and answers on the event loop.
    void hash(String password, Consumer<String> answer) {
        hashing.execute(() -> {
            String hash = passwords.hash(password);
            loop.execute(() -> answer.accept(hash));
        });
    }
}
