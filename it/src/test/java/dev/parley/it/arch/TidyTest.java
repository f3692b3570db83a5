package dev.parley.it.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// House rules about the text of the sources and the documents, so that nobody has to remember
/// them.
class TidyTest {
    private static final int MAIN_LINES = 800;
    private static final int TEST_LINES = 1_200;
    private static final int METHOD_LINES = 70;
    private static final int PARAMETERS = 8;
    private static final long FILE_BYTES = 512 << 10;
    private static final int PACKAGE_FILES = 40;

    private static final Pattern BAD_NAME =
            Pattern.compile(
                    "(Abstract|Base)[A-Z].*|I[A-Z][a-z].*Interface"
                            + "|.*(Impl|Manager|Helper|Util|Utils|Info|Data)");

    private static final Map<String, String> BANNED_IN_MAIN =
            Map.of(
                    "printStackTrace", "report it or let it go on",
                    "@SuppressWarnings\\(\"all\"\\)", "name the one warning");

    private static final Map<String, String> BANNED_IN_TESTS =
            Map.of(
                    "Thread\\.sl" + "eep\\(", "await a condition",
                    "poll" + "Delay", "await a condition");

    private static final Map<String, String> BANNED =
            Map.of(
                    "\\bT" + "ODO\\b|\\bF" + "IXME\\b|\\bX" + "XX\\b",
                    "open an issue instead",
                    "@" + "author\\b",
                    "git knows",
                    "@Dis" + "abled\\b",
                    "a skipped test prints its reason: use an assumption");

    private static final Pattern MACHINE =
            Pattern.compile("/wo" + "rk/|/ro" + "ot/|/home/[a-z]+/|temurin-2" + "5-jdk");

    @Test
    void filesAreShort() {
        for (Path file : Checkout.java()) {
            long lines = Checkout.text(file).lines().count();
            assertThat(lines)
                    .as("lines of %s", Checkout.relative(file))
                    .isLessThanOrEqualTo(Checkout.main(file) ? MAIN_LINES : TEST_LINES);
        }
    }

    @Test
    void mostFilesAreShorter() {
        List<Long> lines =
                Checkout.java().stream()
                        .filter(Checkout::main)
                        .map(file -> Checkout.text(file).lines().count())
                        .sorted()
                        .toList();
        assertThat(lines.get(lines.size() / 2)).as("median").isLessThanOrEqualTo(120);
        assertThat(lines.get(lines.size() * 9 / 10)).as("nine in ten").isLessThanOrEqualTo(400);
    }

    @Test
    void methodsAreShortAndTakeFewParameters() throws IOException {
        List<String> found = new ArrayList<>();
        eachMethod((file, method, lines) -> {
            boolean constructor = method.getReturnType() == null;
            if (lines > METHOD_LINES) {
                found.add(file + " " + method.getName() + ": " + lines + " lines");
            }
            if (!constructor && method.getParameters().size() > PARAMETERS) {
                found.add(file + " " + method.getName() + ": too many parameters");
            }
        });
        assertThat(found).isEmpty();
    }

    @Test
    void packagesAreSmallAndSayWhatTheyAre() throws IOException {
        Set<Path> packages = new TreeSet<>();
        for (Path file : Checkout.java()) {
            Path parent = file.getParent();
            if (parent != null && Checkout.main(file)) {
                packages.add(parent);
            }
        }
        for (Path directory : packages) {
            Path about = directory.resolve("package-info.java");
            assertThat(about).exists();
            assertThat(Checkout.text(about)).as("%s", about).contains("@NullMarked", "///");
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files.filter(Files::isRegularFile).count())
                        .as("files in %s", Checkout.relative(directory))
                        .isLessThanOrEqualTo(PACKAGE_FILES);
            }
        }
    }

    @Test
    void namesAreNouns() {
        for (Path file : Checkout.java()) {
            String name = file.getFileName().toString().replace(".java", "");
            assertThat(BAD_NAME.matcher(name).matches())
                    .as("name of %s", Checkout.relative(file))
                    .isFalse();
        }
    }

    @Test
    void bannedWordsStayOut() {
        List<String> found = new ArrayList<>();
        for (Path file : Checkout.java()) {
            String text = Checkout.text(file);
            BANNED.forEach((word, why) -> note(file, text, word, why, found));
            Map<String, String> here = Checkout.main(file) ? BANNED_IN_MAIN : BANNED_IN_TESTS;
            here.forEach((word, why) -> note(file, text, word, why, found));
        }
        assertThat(found).isEmpty();
    }

    private static void note(Path file, String text, String word, String why, List<String> found) {
        if (Pattern.compile(word).matcher(text).find()) {
            found.add(Checkout.relative(file) + ": " + word + ": " + why);
        }
    }

    @Test
    void nothingNamesThisMachine() {
        for (Path file : Checkout.files()) {
            if (isText(file)) {
                assertThat(MACHINE.matcher(Checkout.text(file)).find())
                        .as("a machine's path in %s", Checkout.relative(file))
                        .isFalse();
            }
        }
    }

    @Test
    void nothingIsHuge() throws IOException {
        for (Path file : Checkout.files()) {
            assertThat(Files.size(file))
                    .as("bytes of %s", Checkout.relative(file))
                    .isLessThan(FILE_BYTES);
        }
    }

    @Test
    void everyTestClassAsserts() {
        Pattern test = Pattern.compile("@(Test|ParameterizedTest|RepeatedTest|FuzzTest)\\b");
        Pattern assertion =
                Pattern.compile("assert|expect|refuses|await|check", Pattern.CASE_INSENSITIVE);
        for (Path file : Checkout.java()) {
            String text = Checkout.text(file);
            if (!Checkout.main(file) && test.matcher(text).find()) {
                assertThat(assertion.matcher(text).find())
                        .as("an assertion in %s", Checkout.relative(file))
                        .isTrue();
            }
        }
    }

    @Test
    void linksInDocumentsLead() {
        Pattern link = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");
        for (Path file : Checkout.files()) {
            if (!file.toString().endsWith(".md")) {
                continue;
            }
            Matcher links = link.matcher(Checkout.text(file));
            while (links.find()) {
                String target = links.group(1);
                if (!target.contains("://") && !target.startsWith("mailto:")) {
                    assertThat(file.resolveSibling(target).normalize())
                            .as("link in %s", Checkout.relative(file))
                            .exists();
                }
            }
        }
    }

    /// The trace in ARCHITECTURE.md names types and methods that exist.
    @Test
    void theTraceIsTrue() throws IOException {
        String text = Checkout.text(Checkout.root().resolve("ARCHITECTURE.md"));
        int start = text.indexOf("## The trace");
        assertThat(start).as("the trace in ARCHITECTURE.md").isPositive();
        int end = text.indexOf("\n## ", start + 1);
        Map<String, Set<String>> members = members();
        Matcher names =
                Pattern.compile("`([A-Z][A-Za-z]+)(?:\\.([a-z][A-Za-z]+))?`")
                        .matcher(text.substring(start, end < 0 ? text.length() : end));
        int checked = 0;
        while (names.find()) {
            assertThat(members).as("a type of the trace").containsKey(names.group(1));
            if (names.group(2) != null) {
                assertThat(members.get(names.group(1)))
                        .as("methods of %s", names.group(1))
                        .contains(names.group(2));
            }
            checked++;
        }
        assertThat(checked).isGreaterThan(8);
    }

    @Test
    void changelogTellsOfWhatIsNotReleasedYet() {
        assertThat(Checkout.text(Checkout.root().resolve("CHANGELOG.md")))
                .contains("## Unreleased");
    }

    private static Map<String, Set<String>> members() throws IOException {
        Map<String, Set<String>> members = new LinkedHashMap<>();
        for (Path file : Checkout.java()) {
            if (Checkout.main(file)) {
                String name = file.getFileName().toString().replace(".java", "");
                members.computeIfAbsent(name, _ -> new TreeSet<>());
            }
        }
        eachMethod((file, method, lines) -> {
            String name = Path.of(file).getFileName().toString().replace(".java", "");
            members.computeIfAbsent(name, _ -> new TreeSet<>()).add(method.getName().toString());
        });
        return members;
    }

    private static boolean isText(Path file) {
        String name = file.getFileName().toString();
        return Stream.of(".java", ".md", ".xml", ".sh", ".py", ".js", ".rb", ".yml", ".json")
                        .anyMatch(name::endsWith)
                || name.equals("dev")
                || name.equals("parley");
    }

    @FunctionalInterface
    private interface MethodVisit {
        void onMethod(String file, MethodTree method, long lines);
    }

    private static void eachMethod(MethodVisit visit) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    files,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    files.getJavaFileObjectsFromPaths(Checkout.java()));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                String name = Checkout.relative(Path.of(unit.getSourceFile().getName()));
                new MethodScanner(unit, positions, name, visit).scan(unit, null);
            }
        }
    }

    private static final class MethodScanner extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final String file;
        private final MethodVisit visit;

        MethodScanner(
                CompilationUnitTree unit,
                SourcePositions positions,
                String file,
                MethodVisit visit) {
            this.unit = unit;
            this.positions = positions;
            this.file = file;
            this.visit = visit;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void none) {
            long from = positions.getStartPosition(unit, method);
            long to = positions.getEndPosition(unit, method);
            if (from >= 0 && to >= 0) {
                long lines =
                        unit.getLineMap().getLineNumber(to) - unit.getLineMap().getLineNumber(from);
                visit.onMethod(file, method, lines + 1);
            }
            return super.visitMethod(method, null);
        }
    }
}
