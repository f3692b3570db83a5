package dev.parley.bench.queue;

import dev.parley.bench.host.Host;
import dev.parley.bench.host.Output;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The installation of Debian's RabbitMQ, without its service ever being started.
final class RabbitMqPackage {

    private static final String PACKAGE = "rabbitmq-server";
    private static final Path POLICY = Path.of("/usr/sbin/policy-rc.d");
    private static final Path APT = Path.of("/usr/bin/apt-get");
    private static final Path DEBIAN = Path.of("/etc/debian_version");
    private static final int POLICY_FORBIDS = 101;
    private static final long INSTALL_MINUTES = 5;

    private final Processes processes;

    RabbitMqPackage(Processes processes) {
        this.processes = processes;
    }

    /// Installs it where that is possible; says why not where it is not.
    boolean ensure() throws IOException, InterruptedException {
        if (RabbitMq.installed()) {
            return true;
        }
        if (!Host.root() || !Files.exists(DEBIAN) || !Files.isExecutable(APT)) {
            System.err.println(
                    "bench: RabbitMQ is not measured: install Debian's rabbitmq-server, or run as"
                            + " root on Debian");
            return false;
        }
        boolean ours = !Files.exists(POLICY);
        try {
            if (ours) {
                Files.writeString(POLICY, "#!/bin/sh\nexit " + POLICY_FORBIDS + "\n");
                Files.setPosixFilePermissions(POLICY, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            var asked = List.of(POLICY.toString(), PACKAGE, "start");
            if (run(asked) != POLICY_FORBIDS) {
                System.err.println("bench: " + POLICY + " lets services start; not installing");
                return false;
            }
            System.err.println("bench: installing rabbitmq-server, service not started");
            var install = List.of(APT.toString(), "install", "-y", "-q", PACKAGE);
            if (run(install) != 0 || !RabbitMq.installed()) {
                System.err.println("bench: RabbitMQ is not measured: apt-get failed");
                return false;
            }
            return true;
        } finally {
            if (ours) {
                Files.deleteIfExists(POLICY);
            }
        }
    }

    private int run(List<String> command) throws IOException, InterruptedException {
        var environment = Map.of("DEBIAN_FRONTEND", "noninteractive");
        Process process = processes.start(command, Path.of("/"), environment);
        var output = new Output(process);
        if (!process.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES)) {
            processes.kill(process);
            throw new IOException(command + " took too long:\n" + output.tail());
        }
        processes.kill(process);
        return process.exitValue();
    }
}
