package dev.parley.it.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Java in the documents compiles: whole programs as they are, fragments inside a method that
/// has a `parley`.
class SnippetsTest {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @TempDir Path output;

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Snippet.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    @Test
    void javaInDocumentsCompiles() {
        List<String> faults = new ArrayList<>();
        int compiled = 0;
        for (Path file : Checkout.files()) {
            if (!file.toString().endsWith(".md")) {
                continue;
            }
            Matcher blocks = BLOCK.matcher(Checkout.text(file));
            while (blocks.find()) {
                compile(Checkout.relative(file), blocks.group(1), faults);
                compiled++;
            }
        }
        assertThat(faults).isEmpty();
        assertThat(compiled).isGreaterThan(5);
    }

    @Test
    void theReadmeShowsAProgramOfTenLines() {
        String readme = Checkout.text(Checkout.root().resolve("README.md"));
        Matcher block = BLOCK.matcher(readme);
        assertThat(block.find()).isTrue();
        assertThat(block.group(1)).contains("void main(");
        assertThat(block.group(1).lines().filter(line -> !line.isBlank()).count())
                .isLessThanOrEqualTo(10);
    }

    private void compile(String file, String block, List<String> faults) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        List<String> options =
                List.of(
                        "-proc:none",
                        "-d",
                        output.toString(),
                        "-cp",
                        System.getProperty("java.class.path"));
        boolean fine =
                compiler.getTask(
                                null, null, found, options, null, List.of(new Source(whole(block))))
                        .call();
        if (!fine) {
            faults.add(file + ":\n" + block + found.getDiagnostics());
        }
    }

    private static String whole(String block) {
        if (block.contains("void main() ")) {
            return block;
        }
        String imports =
                block.lines().filter(SnippetsTest::imports).collect(Collectors.joining("\n"));
        String rest =
                block.lines().filter(line -> !imports(line)).collect(Collectors.joining("\n"));
        String head = "import module java.base;\nimport dev.parley.node.*;\n" + imports + "\n";
        return block.contains("class ")
                ? head + rest
                : head
                        + "class Snippet { void run(Parley parley) throws Exception {\n"
                        + rest
                        + "}}";
    }

    private static boolean imports(String line) {
        return line.startsWith("import ");
    }
}
