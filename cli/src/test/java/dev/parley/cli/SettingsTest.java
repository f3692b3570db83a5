package dev.parley.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.node.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Settings, and that the documents tell the truth about them.
class SettingsTest {
    @TempDir private Path directory = Path.of("");

    private Path file(String text) throws Exception {
        return Files.writeString(directory.resolve("parley.conf"), text);
    }

    @Test
    void theStandardValuesAreThoseOfTheNode() throws Exception {
        Config config = new Settings().config();
        assertThat(config).isEqualTo(Config.standard(Path.of("parley-data")));
        assertThat(config.log()).isEqualTo(LogConfig.DEFAULT);
        assertThat(config.amqp()).isEqualTo(AmqpConfig.DEFAULT);
    }

    @Test
    void theLaterGiverWins() throws Exception {
        Settings settings = new Settings();
        settings.read(file("# a comment\n\namqp.heartbeat = 2m\nlog.cache=1GiB\ndata = a = b\n"));
        assertThat(settings.number(Setting.HEARTBEAT)).isEqualTo(120);
        assertThat(settings.number(Setting.CACHE)).isEqualTo(1L << 30);
        assertThat(settings.text(Setting.DATA)).isEqualTo("a = b");
        settings.read(Map.of("PARLEY_AMQP_HEARTBEAT", "30", "PARLEY_NODE", "not a setting"));
        assertThat(settings.number(Setting.HEARTBEAT)).isEqualTo(30);
        settings.put(Setting.HEARTBEAT, "5", "--amqp-heartbeat");
        assertThat(settings.config().amqp().heartbeatSeconds()).isEqualTo(5);
    }

    @Test
    void aFaultInAFileIsNamedWithItsLine() {
        refuses(
                "bind = ::1\namqp.prot = 5\n",
                ":2: unknown key 'amqp.prot' (did you mean 'amqp.port'?)");
        refuses("frobnicate = 5\n", ":1: unknown key 'frobnicate'");
        refuses("\n\nbind\n", ":3: 'bind' is no 'key = value'");
        refuses("http.port = 80\n# x\nhttp.port = 81\n", ":3: http.port was set in line 1 already");
        refuses("http.port = eighty\n", ":1: http.port: 'eighty' is no number of -1 to 65535");
        refuses("log.cache = 64MB\n", ":1: log.cache: '64MB' is no bytes");
        refuses("bind =\n", ":1: bind: '' is no text of 1 to 255");
    }

    private void refuses(String text, String why) {
        assertThatThrownBy(() -> new Settings().read(file(text)))
                .isInstanceOf(Settings.Fault.class)
                .hasMessageContaining(why);
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        assertThatThrownBy(
                        () -> {
                            Settings settings = new Settings();
                            settings.read(file("amqp.message-max = 64MiB\n"));
                            settings.config();
                        })
                .hasMessageContaining("amqp.message-max (64MiB) is more than half of log.segment");
    }

    @Test
    void theDocumentListsEverySetting() throws Exception {
        List<String> expected = new ArrayList<>();
        for (Setting setting : Setting.values()) {
            expected.add(
                    "| `%s` | `%s` | %s | %s | %s |"
                            .formatted(
                                    setting.key(),
                                    setting.standard(),
                                    setting.bounds(),
                                    setting.kind().unit(),
                                    setting.about()));
        }
        assertThat(
                        document("configuration.md")
                                .lines()
                                .filter(line -> line.startsWith("| `") && line.contains("` | `"))
                                .filter(line -> line.split("\\|").length == 6))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void theExampleHoldsEverySettingWithItsStandardValue() throws Exception {
        StringBuilder all = new StringBuilder();
        document("parley.conf")
                .lines()
                .filter(line -> line.matches("#[a-z.-]+ = .*"))
                .forEach(line -> all.append(line.substring(1)).append('\n'));
        assertThat(all.toString().lines()).hasSize(Setting.values().length);
        Settings settings = new Settings();
        settings.read(file(all.toString()));
        assertThat(settings.config()).isEqualTo(new Settings().config());
        new Settings().read(file(document("parley.conf")));
    }

    private static String document(String name) throws Exception {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("docs"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new AssertionError("not inside a checkout of Parley");
        }
        return Files.readString(at.resolve("docs").resolve(name));
    }
}
