package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.User;
import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.LogConfig;
import dev.parley.core.log.LogFailure;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.home.Authenticator;
import dev.parley.front.home.Home;
import dev.parley.front.mqtt.MqttBroker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A fault in one turn or answer is told, and holds nobody else up.
class FaultyTurnTest implements Home.Watch, Home.Loop, Authenticator {
    private static final LogConfig SMALL =
            new LogConfig(2, 4 << 20, 1 << 16, 1 << 20, 64L << 20, 0, 1 << 20);

    private final List<RuntimeException> faults = new ArrayList<>();
    private final List<CatalogReply> answers = new ArrayList<>();

    @Test
    void whatOthersWroteInTheRoundIsWrittenAndTheirAnswersCome(@TempDir Path directory)
            throws IOException {
        try (FileDisk disk = new FileDisk(directory)) {
            LocalEngine engine =
                    LocalEngine.start(
                            disk,
                            SMALL,
                            1,
                            this::tickMillis,
                            this::soon,
                            this::soon,
                            this::soon,
                            this::soon);
            Home home = new Home(engine, () -> 1, () -> 2, this, AmqpConfig.DEFAULT, this, this);
            home.open();
            settle(home, engine);
            RuntimeException fault = new IllegalStateException("a bug");
            home.offer(
                    0,
                    new CatalogCommand.AddHost(
                            (token, reply) -> {
                                throw fault;
                            },
                            1,
                            "first"));
            home.run();
            engine.writer().turn();
            home.offer(
                    0,
                    new CatalogCommand.AddHost((token, reply) -> answers.add(reply), 1, "second"));
            home.whenCaughtUp(() -> {
                throw fault;
            });
            assertThat(home.run()).as("there is another round soon").isBetween(0L, 100L);
            engine.writer().turn();
            home.run();
            assertThat(answers).containsExactly(new CatalogReply.Done());
            assertThat(faults).containsExactly(fault, fault);
            engine.close();
        }
    }

    private static void settle(Home home, LocalEngine engine) {
        boolean worked;
        do {
            home.run();
            worked = engine.writer().turn();
            worked |= engine.keeper().turn();
        } while (worked);
    }

    @Override
    public void onFault(RuntimeException fault) {
        faults.add(fault);
    }

    @Override
    public void onClosed(int shard, String why) {
        throw new AssertionError(why);
    }

    @Override
    public void onStopped(LogFailure failure) {
        throw new AssertionError(failure.detail());
    }

    @Override
    public void onRoom(boolean roomy) {
        // There is always some.
    }

    @Override
    public void onDamaged(String queue, long position) {
        throw new AssertionError(queue);
    }

    @Override
    public void soon() {
        // The test runs all of it itself.
    }

    @Override
    public long tickMillis() {
        return 1;
    }

    @Override
    public String hash(String password) {
        return password;
    }

    @Override
    public void check(
            InetSocketAddress peer,
            String user,
            String password,
            Supplier<@Nullable User> known,
            Consumer<@Nullable User> answer) {
        answer.accept(null);
    }

    @Override
    public MqttBroker.Handshake scram(
            InetSocketAddress peer, Function<String, @Nullable User> users) {
        throw new UnsupportedOperationException("nobody comes");
    }

    @Override
    public @Nullable User certified(
            InetSocketAddress peer, @Nullable String name, Supplier<@Nullable User> known) {
        return null;
    }
}
