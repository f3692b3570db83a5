package dev.parley.it;

import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Gives every test class the same broker, started at first use and ended with the test run.
final class SharedBroker implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Broker.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // Whatever is AutoCloseable in the root store JUnit closes after the last test. A node that
        // does not start is kept too: every test then fails at once instead of trying again.
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedBroker.class))
                .computeIfAbsent(Started.class, _ -> Started.once(), Started.class)
                .broker();
    }

    private record Started(Optional<Broker> open, String failure) implements AutoCloseable {

        static Started once() {
            try {
                return new Started(Optional.of(Broker.open()), "");
            } catch (AssertionError e) {
                return new Started(Optional.empty(), String.valueOf(e.getMessage()));
            }
        }

        Broker broker() {
            return open.orElseThrow(() -> new AssertionError(failure));
        }

        @Override
        public void close() {
            open.ifPresent(Broker::close);
        }
    }
}
