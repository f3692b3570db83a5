package dev.parley.it.foreign;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import org.junit.Test;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/// Runs one class of a JUnit 4 suite, or one test of it, and writes a line for every test.
///
/// The suite has AMQP's own port written into it and stays as it is: connections to that port go to
/// `parley.suite.port` instead.
public final class ClassRun extends RunListener {

    private static final int AMQP = 5672;

    private final PrintStream out;
    private String outcome = "passed";
    private String detail = "";

    private ClassRun(PrintStream out) {
        this.out = out;
    }

    /// `list DIRECTORY` writes the names of the classes with tests below a directory of classes;
    /// `run FILE CLASS [TEST]` writes what each test did to a file.
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("list")) {
            list(Path.of(arguments[1]));
            return;
        }
        redirect(Integer.getInteger("parley.suite.port", AMQP));
        Class<?> tests = Class.forName(arguments[2]);
        Request request =
                arguments.length > 3
                        ? Request.method(tests, arguments[3])
                        : Request.aClass(tests);
        try (PrintStream out = new PrintStream(Files.newOutputStream(Path.of(arguments[1])), true)) {
            JUnitCore core = new JUnitCore();
            core.addListener(new ClassRun(out));
            core.run(request);
            out.println("end");
        }
        // Connections that a test left open have threads of their own.
        System.exit(0);
    }

    private static void list(Path classes) throws IOException, ClassNotFoundException {
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.sorted().toList()) {
                String name = classes.relativize(file).toString().replace('/', '.');
                if (name.endsWith(".class") && !name.contains("$")) {
                    String type = name.substring(0, name.length() - ".class".length());
                    Class<?> found = Class.forName(type, false, ClassRun.class.getClassLoader());
                    if (hasTests(found)) {
                        System.out.println(type);
                    }
                }
            }
        }
    }

    private static boolean hasTests(Class<?> type) {
        return !Modifier.isAbstract(type.getModifiers())
                && Stream.of(type.getMethods()).anyMatch(m -> m.isAnnotationPresent(Test.class));
    }

    private static void redirect(int port) throws ReflectiveOperationException {
        Field factory = SocketFactory.class.getDeclaredField("theFactory");
        factory.setAccessible(true);
        factory.set(null, new Redirecting(port));
    }

    @Override
    public void testStarted(Description test) {
        outcome = "passed";
        detail = "";
        out.println("started " + test.getMethodName());
    }

    @Override
    public void testFailure(Failure failure) {
        outcome = "failed";
        Throwable thrown = failure.getException();
        detail = (thrown + (thrown.getCause() == null ? "" : " <- " + thrown.getCause()));
        failure.getException().printStackTrace();
        if (!failure.getDescription().isTest()) {
            out.println("failed (class) " + line(detail));
        }
    }

    @Override
    public void testAssumptionFailure(Failure failure) {
        outcome = "skipped";
        detail = String.valueOf(failure.getMessage());
    }

    @Override
    public void testIgnored(Description test) {
        out.println("skipped " + test.getMethodName() + " ignored");
    }

    @Override
    public void testFinished(Description test) {
        out.println(outcome + " " + test.getMethodName() + " " + line(detail));
    }

    private static String line(String text) {
        String one = text.replaceAll("\\s+", " ");
        return one.length() > 400 ? one.substring(0, 400) : one;
    }

    /// Sockets that go to another port where AMQP's is asked for.
    private static final class Redirecting extends SocketFactory {
        private final int port;

        Redirecting(int port) {
            this.port = port;
        }

        @Override
        public Socket createSocket() {
            return new Socket() {
                @Override
                public void connect(SocketAddress to, int timeout) throws IOException {
                    InetSocketAddress asked = (InetSocketAddress) to;
                    super.connect(
                            asked.getPort() != AMQP
                                    ? asked
                                    : asked.isUnresolved()
                                            ? new InetSocketAddress(asked.getHostString(), port)
                                            : new InetSocketAddress(asked.getAddress(), port),
                            timeout);
                }
            };
        }

        @Override
        public Socket createSocket(String host, int asked) throws IOException {
            return createSocket(InetAddress.getByName(host), asked);
        }

        @Override
        public Socket createSocket(String host, int asked, InetAddress from, int fromPort)
                throws IOException {
            return createSocket(InetAddress.getByName(host), asked, from, fromPort);
        }

        @Override
        public Socket createSocket(InetAddress host, int asked) throws IOException {
            Socket socket = createSocket();
            socket.connect(new InetSocketAddress(host, asked), 0);
            return socket;
        }

        @Override
        public Socket createSocket(InetAddress host, int asked, InetAddress from, int fromPort)
                throws IOException {
            Socket socket = createSocket();
            socket.bind(new InetSocketAddress(from, fromPort));
            socket.connect(new InetSocketAddress(host, asked), 0);
            return socket;
        }
    }
}
