package dev.parley.it.mqtt;

import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Gives every test class the same broker, started at first use and ended with the test run.
final class SharedMqtt implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == MqttBroker.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // A node that does not start is kept too: every test then fails at once.
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedMqtt.class))
                .computeIfAbsent(Started.class, _ -> Started.once(), Started.class)
                .broker();
    }

    private record Started(Optional<MqttBroker> open, String failure) implements AutoCloseable {

        static Started once() {
            try {
                return new Started(Optional.of(MqttBroker.open()), "");
            } catch (AssertionError e) {
                return new Started(Optional.empty(), String.valueOf(e.getMessage()));
            }
        }

        MqttBroker broker() {
            return open.orElseThrow(() -> new AssertionError(failure));
        }

        @Override
        public void close() {
            open.ifPresent(MqttBroker::close);
        }
    }
}
