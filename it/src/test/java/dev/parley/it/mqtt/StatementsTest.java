package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Foreign;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The table of statements and the tests that name them fit together; prints how many are covered.
class StatementsTest {

    private static final List<Class<?>> TESTS =
            List.of(
                    MalformedTest.class,
                    ConnectTest.class,
                    PublishTest.class,
                    SubscribeTest.class,
                    DeliveryTest.class,
                    WillTest.class,
                    ClosingTest.class,
                    AuthTest.class,
                    ScramTest.class,
                    WebSocketTest.class);

    @Test
    void everyStatementHasATestOrAReason() throws IOException {
        Map<String, String> reasons = new LinkedHashMap<>();
        Map<String, String> statements = read(reasons);
        Map<String, List<String>> tests = new LinkedHashMap<>();
        for (Class<?> type : TESTS) {
            for (Method method : type.getDeclaredMethods()) {
                Statement named = method.getAnnotation(Statement.class);
                if (named != null) {
                    for (String id : named.value()) {
                        tests.computeIfAbsent(id, _ -> new ArrayList<>())
                                .add(type.getSimpleName() + "." + method.getName());
                    }
                }
            }
        }
        assertThat(statements.keySet()).as("statements in the table").containsAll(tests.keySet());
        var uncovered = new TreeSet<>(statements.keySet());
        uncovered.removeAll(tests.keySet());
        System.out.printf(
                "MQTT 5.0: %d statements for a server, %d with a test, %d with a reason not to%n",
                statements.size(), tests.size(), reasons.size());
        reasons.forEach((id, why) -> System.out.printf("  %s: %s%n", id, why));
        var page = new StringBuilder("| statement | what it asks | tests |\n|---|---|---|\n");
        statements.forEach((id, words) ->
                page.append(
                        "| %s | %s | %s |%n"
                                .formatted(
                                        id,
                                        words,
                                        tests.containsKey(id)
                                                ? String.join(", ", tests.get(id))
                                                : reasons.getOrDefault(id, ""))));
        Files.writeString(Path.of("target", "mqtt5-statements.md"), page);
        assertThat(uncovered).as("without a test").isEqualTo(new TreeSet<>(reasons.keySet()));
    }

    private static Map<String, String> read(Map<String, String> reasons) throws IOException {
        Map<String, String> statements = new LinkedHashMap<>();
        Path table = Path.of(Foreign.script("resources/mqtt5-statements.txt"));
        for (String line : Files.readAllLines(table)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split(" \\| ");
            String id = "MQTT-" + parts[0];
            assertThat(statements.put(id, parts[1])).as("%s stands there once", id).isNull();
            if (parts.length > 2) {
                assertThat(parts[2]).startsWith("not tested: ");
                reasons.put(id, parts[2].substring("not tested: ".length()));
            }
        }
        return statements;
    }
}
