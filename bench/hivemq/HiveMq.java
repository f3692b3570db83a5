import com.hivemq.configuration.service.InternalConfigurations;
import com.hivemq.embedded.EmbeddedHiveMQ;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// HiveMQ CE in a process of its own: directory and port. The benchmark starts it from this source,
/// with HiveMQ's jars on the class path.
void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    Path configuration = Files.createDirectories(directory.resolve("conf"));
    Files.writeString(
            configuration.resolve("config.xml"),
            """
            <hivemq>
              <listeners>
                <tcp-listener>
                  <port>%s</port>
                  <bind-address>127.0.0.1</bind-address>
                </tcp-listener>
              </listeners>
              <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
            </hivemq>
            """
                    .formatted(arguments[1]));
    // Without an extension that lets clients in, HiveMQ lets none in.
    InternalConfigurations.AUTH_DENY_UNAUTHENTICATED_CONNECTIONS.set(false);
    EmbeddedHiveMQ broker =
            EmbeddedHiveMQ.builder()
                    .withConfigurationFolder(configuration)
                    .withDataFolder(Files.createDirectories(directory.resolve("data")))
                    .withExtensionsFolder(Files.createDirectories(directory.resolve("extensions")))
                    .build();
    broker.start().join();
    Thread.currentThread().join();
}
